"""Two members of a cluster send on one SA."""

import struct

from wire import GCM, Capture, Peers

ABOUT = """
ESP with AES-GCM. After number 40 a second member of the sending cluster takes part with the counter
of the first: numbers 41 to 50 are each sent twice, with different contents.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "flow", "spi": "0xc1000001", "packets": 70, "sequence": {"duplicates": 10}},
    {"type": "finding", "id": "esp-seq-reuse", "severity": "error", "tunnel": 1,
     "spis": ["0xc1000001"], "peer_to_check": {"address": A}},
]


def body(capture, number):
    return struct.pack(">Q", 0x7D44EAB6C364E500 + number) + capture.bytes(92)


def make():
    capture = Capture(62)
    peers = Peers(capture, A, B, GCM)
    peers.establish()
    for number in range(1, 61):
        capture.at(0.5 + number * 0.25)
        capture.esp(A, B, 0xC1000001, number, body=body(capture, number), ttl=63)
        if 41 <= number <= 50:
            capture.esp(A, B, 0xC1000001, number, body=body(capture, number), ttl=63)
        capture.esp(B, A, 0xC2000002, number, body=body(capture, number), ttl=62)
    return capture
