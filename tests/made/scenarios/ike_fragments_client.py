"""A client whose certificate makes IKE_AUTH three IP fragments long."""

import struct

from wire import CBC, IKE_AUTH, Capture, Peers

ABOUT = """
IKEv2 remote access: the client's IKE_AUTH request of some 3400 bytes (certificate chain, no IKE
fragmentation) goes to UDP port 4500 in three IP fragments, sent again after one, two and three
seconds. Nothing answers. The capture was taken at the client: all fragments are in it.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "ike-fragments-lost", "severity": "error", "tunnel": 1},
]


def fragmented(capture, source, destination, port, body, ip_id):
    packet = struct.pack(">HHHH", port, port, 8 + len(body), 0) + body
    for at in range(0, len(packet), 1480):
        piece = packet[at:at + 1480]
        capture.ip(source, destination, 17, piece, dont_fragment=False, ip_id=ip_id, fragment=at,
                   more=at + 1480 < len(packet))


def make():
    capture = Capture(44)
    peers = Peers(capture, A, B, CBC)
    peers.init()
    request = peers.sealed(0, IKE_AUTH, 1, False, 3400)
    for second in range(4):
        capture.at(0.1 + second)
        fragmented(capture, A, B, 4500, bytes(4) + request, 0x5000 + second)
    capture.at(15)
    capture.other()
    return capture
