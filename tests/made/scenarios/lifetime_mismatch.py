"""IKEv1: each peer offers another lifetime for phase 1."""

import struct

from wire import MAIN, QUICK, Capture, payloads

ABOUT = """
IKEv1: the first peer makes an ISAKMP SA with a lifetime of 86400 s, and later the second one makes the
next with 28800 s: the phase 1 lifetimes stand in clear in the first two messages of Main Mode. Both
times phase 2 and traffic follow.
"""

A, B = "192.0.2.1", "198.51.100.1"
SA, KE, HASH, NONCE = 1, 4, 8, 10
AES_CBC_256, SHA2_256, PSK, MODP_2048 = [(1, 7), (14, 256)], (2, 4), (3, 1), (4, 14)

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 1},
    {"type": "finding", "id": "lifetime-mismatch", "severity": "note", "tunnel": 1},
]


def proposal(seconds):
    attributes = b"".join(struct.pack(">HH", 0x8000 | kind, value) for kind, value in
                          AES_CBC_256 + [SHA2_256, PSK, MODP_2048, (11, 1)])
    attributes += struct.pack(">HHI", 12, 4, seconds)
    transform = struct.pack(">BBHBBH", 0, 0, 8 + len(attributes), 1, 1, 0) + attributes
    inside = struct.pack(">BBHBBBB", 0, 0, 8 + len(transform), 1, 1, 0, 1) + transform
    return SA, struct.pack(">II", 1, 1) + inside


class Phase1:
    def __init__(self, capture, initiator, responder):
        self.capture, self.names = capture, (initiator, responder)
        self.cookies = capture.bytes(8), capture.bytes(8)

    def send(self, side, kind, first, body, flags, message_id=0, cookie_r=True):
        head = self.cookies[0] + (self.cookies[1] if cookie_r else bytes(8))
        head += struct.pack(">BBBBII", first, 0x10, kind, flags, message_id, 28 + len(body))
        self.capture.udp(self.names[side], 500, self.names[1 - side], 500, head + body)
        self.capture.wait(0.01)

    def clear(self, side, *parts, cookie_r=True):
        first, chain = payloads(*parts)
        self.send(side, MAIN, first, chain, 0, cookie_r=cookie_r)

    def main_mode(self, seconds):
        self.clear(0, proposal(seconds), cookie_r=False)
        self.clear(1, proposal(seconds))
        for side in (0, 1):
            self.clear(side, (KE, self.capture.bytes(256)), (NONCE, self.capture.bytes(32)))
        self.send(0, MAIN, 5, self.capture.bytes(64), 1)
        self.send(1, MAIN, 5, self.capture.bytes(64), 1)

    def quick_mode(self, message_id):
        for side, length in ((0, 160), (1, 160), (0, 48)):
            self.send(side, QUICK, HASH, self.capture.bytes(length), 1, message_id)


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
