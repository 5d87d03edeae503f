"""IKEv1: each peer offers another lifetime for phase 1."""

from ikev1 import Phase1
from wire import Capture

ABOUT = """
IKEv1: the first peer makes an ISAKMP SA with a lifetime of 86400 s, and later the second one makes the
next with 28800 s: the phase 1 lifetimes stand in clear in the first two messages of Main Mode. Both
times phase 2 and traffic follow.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 1},
    {"type": "finding", "id": "lifetime-mismatch", "severity": "note", "tunnel": 1},
]


def make():
    capture = Capture(5)
    for turn, (initiator, responder, seconds) in enumerate(((A, B, 86400), (B, A, 28800))):
        phase1 = Phase1(capture, initiator, responder)
        phase1.main_mode(seconds)
        phase1.quick_mode(0x1000 + turn)
        for number in range(1, 21):
            capture.esp(A, B, 0xC1000001 + turn, number)
            capture.esp(B, A, 0xC2000001 + turn, number)
            capture.wait(0.5)
    return capture
