"""IKE and ESP in a TCP connection."""

import struct

from wire import GCM, IKE_AUTH, INFORMATIONAL, Capture, Peers

ABOUT = """
IKEv2 and ESP in TCP port 4500 (RFC 9329): prefix IKETCP, then records with their length in front.
A healthy tunnel: establishment, ESP both ways, a liveness check.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2,
     "encapsulation": "tcp", "state": "established"},
    {"type": "finding", "id": "ike-over-tcp", "severity": "note", "tunnel": 1},
]

SYN, PUSH, ACK = 0x02, 0x08, 0x10


class Connection:
    """One TCP connection; side 0 connects."""

    def __init__(self, capture):
        self.capture = capture
        self.ports = [40123, 4500]
        self.sequence = [1000, 5000]

    def segment(self, side, data=b"", flags=ACK | PUSH):
        other = 1 - side
        head = struct.pack(">HHIIBBHHH", self.ports[side], self.ports[other], self.sequence[side],
                           self.sequence[other] if flags & ACK else 0, 5 << 4, flags, 65000, 0, 0)
        self.capture.ip((A, B)[side], (A, B)[other], 6, head + data)
        self.sequence[side] += len(data) + (1 if flags & SYN else 0)

    def open(self):
        self.segment(0, flags=SYN)
        self.segment(1, flags=SYN | ACK)
        self.segment(0, flags=ACK)

    def record(self, side, body):
        self.segment(side, struct.pack(">H", 2 + len(body)) + body)

    def ike(self, side, message):
        self.record(side, bytes(4) + message)


def make():
    capture = Capture(45)
    peers = Peers(capture, A, B, GCM, port=4500)
    tcp = Connection(capture)
    tcp.open()
    tcp.segment(0, b"IKETCP")
    tcp.ike(0, peers.init_request())
    tcp.ike(1, peers.init_response())
    tcp.ike(0, peers.sealed(0, IKE_AUTH, 1, False, 240))
    tcp.ike(1, peers.sealed(1, IKE_AUTH, 1, True, 200))
    for i in range(10):
        capture.at(1 + i)
        tcp.record(0, struct.pack(">II", 0xC1000001, 1 + i) + capture.bytes(100))
        tcp.record(1, struct.pack(">II", 0xC2000002, 1 + i) + capture.bytes(100))
    tcp.ike(0, peers.sealed(0, INFORMATIONAL, 2, False, 0))
    tcp.ike(1, peers.sealed(1, INFORMATIONAL, 2, True, 0))
    return capture
