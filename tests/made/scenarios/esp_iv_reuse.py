"""A sender whose IV stands still now and then."""

import struct

from wire import GCM, Capture, Peers

ABOUT = """
ESP with AES-GCM whose explicit IV is a counter, as RFC 4106 wants it; the sender's IV does not move
on between numbers 20 and 21 and between 40 and 41, as with a defective encryption driver. Both
directions flow.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "flow", "spi": "0xc1000001", "packets": 60},
    {"type": "finding", "id": "esp-iv-reuse", "severity": "error", "tunnel": 1,
     "spis": ["0xc1000001"], "peer_to_check": {"address": A}},
]


def body(capture, number, stands_still):
    iv = 0x7D44EAB6C364E500 + (number - 1 if number in stands_still else number)
    return struct.pack(">Q", iv) + capture.bytes(4 * (number % 7) + 84)


def make():
    capture = Capture(61)
    peers = Peers(capture, A, B, GCM)
    peers.establish()
    for number in range(1, 61):
        capture.at(0.5 + number * 0.25)
        capture.esp(A, B, 0xC1000001, number, body=body(capture, number, (21, 41)), ttl=63)
        capture.esp(B, A, 0xC2000002, number, body=body(capture, number, ()), ttl=62)
    return capture
