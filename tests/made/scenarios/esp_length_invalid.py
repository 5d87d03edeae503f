"""ESP whose length no cipher makes."""

from wire import Capture, Peers

ABOUT = """
IKEv2 with ESP both ways; a device on the way cuts one byte off every packet of the initiator: ESP is
a multiple of four bytes long, whatever the cipher (RFC 4303, 2.4).
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}]},
    {"type": "finding", "id": "esp-length-invalid", "severity": "warning", "tunnel": 1},
]


def make():
    capture = Capture(51)
    peers = Peers(capture, A, B)
    peers.establish()
    for number in range(1, 21):
        capture.wait(0.5)
        capture.esp(A, B, 0xC1000001, number, length=99)
        capture.esp(B, A, 0xC2000001, number, length=100)
    return capture
