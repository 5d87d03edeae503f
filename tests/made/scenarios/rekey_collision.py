"""Both peers rekey at the same moment, and both new Child SAs stay."""

from wire import CREATE_CHILD_SA, GCM, INFORMATIONAL, Capture, Peers

ABOUT = """
IKEv2: both peers ask for a rekey of the Child SA at the same moment and grant each other's request.
The old SA is deleted; of the two new ones none is, although the one made with the lowest nonce should
go. Both of them carry traffic both ways.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "rekey-collision", "severity": "warning", "tunnel": 1},
]


def make():
    capture = Capture(4)
    peers = Peers(capture, A, B, GCM)
    peers.establish()
    for number in range(1, 21):
        capture.esp(A, B, 0xC1000001, number)
        capture.esp(B, A, 0xC2000001, number)
        capture.wait(0.5)
    ids = list(peers.next_id)
    peers.next_id = [ids[0] + 1, ids[1] + 1]
    for side in (0, 1):
        peers.send(side, peers.sealed(side, CREATE_CHILD_SA, ids[side], False, 132))
    capture.wait(0.02)
    for side in (0, 1):
        peers.send(1 - side, peers.sealed(1 - side, CREATE_CHILD_SA, ids[side], True, 120))
    capture.wait(0.05)
    peers.exchange(0, INFORMATIONAL, 12, 12)
    for number in range(1, 61):
        capture.esp(A, B, 0xC1000002, number)
        capture.esp(B, A, 0xC2000002, number)
        capture.wait(0.25)
        capture.esp(B, A, 0xC2000003, number)
        capture.esp(A, B, 0xC1000003, number)
        capture.wait(0.25)
    return capture
