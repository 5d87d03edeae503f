"""ESP on a new SPI before the response that makes its SA."""

from wire import CREATE_CHILD_SA, GCM, INFORMATIONAL, Capture, Peers

ABOUT = """
IKEv2: the initiator asks for a rekey of the Child SA and at once sends on the SPI that it should only
use after the response, which comes 0.8 s later: eight packets are early. The old SA is then deleted
and all goes on with the new one.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "child_sa", "child_sa": 2, "rekeys": 1,
     "spis": {"initiator_to_responder": "0xc1000002", "responder_to_initiator": "0xc2000002"}},
    {"type": "finding", "id": "early-spi-use", "severity": "warning", "tunnel": 1, "count": 8,
     "spis": ["0xc1000002"], "peer_to_check": {"address": A}},
]


def talk(capture, turn, first, count):
    for number in range(first, first + count):
        capture.esp(A, B, 0xC1000001 + turn, number)
        capture.esp(B, A, 0xC2000001 + turn, number)
        capture.wait(0.5)


def make():
    capture = Capture(3)
    peers = Peers(capture, A, B, GCM)
    peers.establish()
    talk(capture, 0, 1, 20)
    message_id = peers.next_id[0]
    peers.next_id[0] += 1
    peers.send(0, peers.sealed(0, CREATE_CHILD_SA, message_id, False, 132))
    for number in range(1, 9):
        capture.wait(0.1)
        capture.esp(A, B, 0xC1000002, number)
    peers.send(1, peers.sealed(1, CREATE_CHILD_SA, message_id, True, 120))
    capture.wait(0.05)
    peers.exchange(0, INFORMATIONAL, 12, 12)
    talk(capture, 1, 9, 30)
    return capture
