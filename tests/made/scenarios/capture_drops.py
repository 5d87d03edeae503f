"""The kernel says that it dropped packets."""

from wire import INFORMATIONAL, Capture, Peers

ABOUT = """
IKEv2 with DPD that is asked four times without an answer, in a pcapng file whose interface
statistics say that 40 packets were dropped: what is missing may be among them.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "finding", "id": "capture-drops", "severity": "warning"},
    {"type": "finding", "id": "dpd-unanswered", "severity": "error", "confidence": "likely", "tunnel": 1},
]


def make():
    capture = Capture(2)
    peers = Peers(capture, A, B)
    peers.establish()
    capture.at(10)
    request = peers.sealed(0, INFORMATIONAL, peers.next_id[0], False, 0)
    for seconds in (10, 12, 15, 20):
        capture.at(seconds)
        peers.send(0, request)
    capture.at(40)
    capture.other()
    capture.drops = 40
    return capture
