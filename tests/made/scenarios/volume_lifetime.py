"""Rekeys at the same count of bytes, however long that takes."""

from wire import CREATE_CHILD_SA, GCM, INFORMATIONAL, Capture, Peers

ABOUT = """
IKEv2 with a volume lifetime: the responder rekeys the Child SA (CREATE_CHILD_SA, then the Delete of
the old one) each time 20 packets of 100 bytes went each way, while the pace changes from one SA to
the next, from 100 ms to a second a packet. Five rekeys in a minute.
"""

A, B = "192.0.2.1", "198.51.100.1"
REKEYS = 5

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "rekey-too-frequent", "severity": "warning", "tunnel": 1,
     "peer_to_check": {"address": B}},
    {"type": "finding", "id": "child-rekey", "severity": "note", "tunnel": 1, "count": REKEYS},
]


def make():
    capture = Capture(2)
    peers = Peers(capture, A, B, GCM)
    peers.establish()
    for turn in range(REKEYS + 1):
        pace = (0.1, 1.0, 0.4)[turn % 3]
        for number in range(1, 21):
            capture.esp(A, B, 0xC1000001 + turn, number, 92)
            capture.esp(B, A, 0xC2000001 + turn, number, 92)
            capture.wait(pace)
        if turn < REKEYS:
            peers.exchange(1, CREATE_CHILD_SA, 132, 120)
            capture.wait(0.01)
            peers.exchange(1, INFORMATIONAL, 12, 12)
    return capture
