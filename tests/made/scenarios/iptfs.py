"""Traffic flow confidentiality: packets of one size at one rate."""

import struct

from wire import GCM, Capture, Peers

ABOUT = """
ESP with AES-GCM in AGGFRAG mode (RFC 9347): both peers send packets of 1204 bytes, one 80 and the
other 8 a second, whatever there is to carry. The capture kept 60 bytes of each frame.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "iptfs", "severity": "note", "tunnel": 1},
]


def make():
    capture = Capture(63)
    peers = Peers(capture, A, B, GCM)
    peers.establish()
    for number in range(1, 1101):
        capture.at(0.5 + number * 0.0125)
        body = struct.pack(">Q", 0x7D44EAB6C364E500 + number) + bytes(1188)
        capture.esp(A, B, 0xC1000001, number, body=body, ttl=63, keep=60)
        if number % 10 == 0:
            capture.esp(B, A, 0xC2000002, number // 10, body=body, ttl=62, keep=60)
    return capture
