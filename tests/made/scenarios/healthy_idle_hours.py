"""A tunnel that idles for hours, alive and well."""

from wire import INFORMATIONAL, Capture, Peers

ABOUT = """
IKEv2: the tunnel comes up, carries a few packets, and idles for three
hours with a liveness check every minute, by each side in turn, all of them answered; then it is used
again and both directions carry ESP at once.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "state": "established"},
]


def make():
    capture = Capture(52)
    peers = Peers(capture, A, B)
    peers.establish()
    number = 0
    for start in (1, 3 * 3600):
        capture.at(start)
        for _ in range(5):
            number += 1
            capture.wait(1)
            capture.esp(A, B, 0xC1000001, number)
            capture.wait(0.01)
            capture.esp(B, A, 0xC2000001, number)
        for minute in range(1, 180 if start == 1 else 0):
            capture.at(60.0 * minute)
            peers.exchange(minute % 2, INFORMATIONAL, 0, 0)
    return capture
