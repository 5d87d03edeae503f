"""A clock that goes back, and one that stands still for long."""

from wire import Capture, Peers

ABOUT = """
ESP both ways; after ten seconds the clock of the capturing machine goes back by 90 seconds (NTP),
later no frame comes for an hour and a half, and the traffic goes on where it was.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "finding", "id": "capture-time-backwards", "severity": "note"},
    {"type": "finding", "id": "capture-time-jump", "severity": "note"},
]


def make():
    capture = Capture(3)
    peers = Peers(capture, A, B)
    peers.establish()
    number = 0
    for start in (1, -80, 5400):
        for i in range(10):
            number += 1
            capture.at(start + i)
            capture.esp(A, B, 0xC0DE0001, number)
            capture.esp(B, A, 0xC0DE0002, number)
    return capture
