"""Frames longer than the wire carries."""

from wire import Capture, Peers

ABOUT = """
ESP both ways, captured on a machine whose network card cuts segments later: frames of 4000 bytes.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "finding", "id": "capture-offload", "severity": "note"},
    {"type": "finding", "id": "esp-asymmetric", "severity": "note", "tunnel": 1},
]


def make():
    capture = Capture(4)
    peers = Peers(capture, A, B)
    peers.establish()
    for i in range(1, 11):
        capture.wait(0.1)
        capture.esp(A, B, 0xC0DE0001, i, length=4000)
        capture.esp(B, A, 0xC0DE0002, i)
    return capture
