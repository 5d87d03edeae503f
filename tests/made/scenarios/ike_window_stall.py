"""A request that is never answered, and a side that never gives it up."""

from wire import GCM, INFORMATIONAL, Capture, Peers

ABOUT = """
IKEv2: the initiator sends an INFORMATIONAL request with some 200 bytes inside three times, gets no
answer and asks nothing else for two minutes, neither liveness checks nor rekeys. The responder's
own liveness checks are answered all the time, and ESP flows both ways.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "ike-window-stall", "severity": "warning", "tunnel": 1,
     "peer_to_check": {"address": A}},
]


def make():
    capture = Capture(42)
    peers = Peers(capture, A, B, GCM)
    peers.establish()
    lost = peers.sealed(0, INFORMATIONAL, 2, False, 200)
    for i in range(140):
        capture.at(1 + i)
        capture.esp(A, B, 0xC1000001, 1 + i)
        capture.esp(B, A, 0xC2000002, 1 + i)
        if i in (5, 7, 11):
            peers.send(0, lost)
        if i % 30 == 15:
            peers.exchange(1, INFORMATIONAL, 0, 0)
    return capture
