"""IKEv1 phase 1 by Main Mode and pre-shared key, and phase 2, for the scenarios."""

import struct

from wire import MAIN, QUICK, payloads

SA, KE, HASH, NONCE, VENDOR = 1, 4, 8, 10, 13
AES_CBC_256, SHA2_256, PSK, MODP_2048 = [(1, 7), (14, 256)], (2, 4), (3, 1), (4, 14)


def proposal(seconds):
    attributes = b"".join(struct.pack(">HH", 0x8000 | kind, value) for kind, value in
                          AES_CBC_256 + [SHA2_256, PSK, MODP_2048, (11, 1)])
    attributes += struct.pack(">HHI", 12, 4, seconds)
    transform = struct.pack(">BBHBBH", 0, 0, 8 + len(attributes), 1, 1, 0) + attributes
    inside = struct.pack(">BBHBBBB", 0, 0, 8 + len(transform), 1, 1, 0, 1) + transform
    return SA, struct.pack(">II", 1, 1) + inside


class Phase1:
    """`ports` and `vendors` (lists of vendor IDs) are by side."""

    def __init__(self, capture, initiator, responder, ports=(500, 500), vendors=((), ())):
        self.capture, self.names = capture, (initiator, responder)
        self.ports, self.vendors = ports, vendors
        self.cookies = capture.bytes(8), capture.bytes(8)

    def send(self, side, kind, first, body, flags, message_id=0, cookie_r=True):
        head = self.cookies[0] + (self.cookies[1] if cookie_r else bytes(8))
        head += struct.pack(">BBBBII", first, 0x10, kind, flags, message_id, 28 + len(body))
        self.capture.udp(self.names[side], self.ports[side], self.names[1 - side],
                         self.ports[1 - side], head + body)
        self.capture.wait(0.01)

    def clear(self, side, *parts, cookie_r=True):
        first, chain = payloads(*parts)
        self.send(side, MAIN, first, chain, 0, cookie_r=cookie_r)

    def main_mode(self, seconds):
        for side in (0, 1):
            self.clear(side, proposal(seconds), *((VENDOR, body) for body in self.vendors[side]),
                       cookie_r=side == 1)
        for side in (0, 1):
            self.clear(side, (KE, self.capture.bytes(256)), (NONCE, self.capture.bytes(32)))
        self.send(0, MAIN, 5, self.capture.bytes(64), 1)
        self.send(1, MAIN, 5, self.capture.bytes(64), 1)

    def quick_mode(self, message_id):
        for side, length in ((0, 160), (1, 160), (0, 48)):
            self.send(side, QUICK, HASH, self.capture.bytes(length), 1, message_id)
