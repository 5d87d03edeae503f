"""Aggressive Mode with different pre-shared keys."""

import struct

from wire import AGGRESSIVE, Capture, payloads

ABOUT = """
IKEv1 Aggressive Mode: the responder answers, but its hash is not made with the initiator's pre-shared
key, so the initiator sends no third message. It tries again after half a minute.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 1},
    {"type": "finding", "id": "ikev1-psk-mismatch", "severity": "error", "tunnel": 1,
     "peer_to_check": {"address": A}},
]

SA, KE, ID, HASH, NONCE = 1, 4, 5, 8, 10


def attribute(kind, value):
    return struct.pack(">HH", 0x8000 | kind, value)


def security_association():
    """AES-128, SHA-1, pre-shared key, group 14, a day."""
    attributes = b"".join(attribute(*pair) for pair in
                          ((1, 7), (14, 128), (2, 2), (3, 1), (4, 14), (11, 1), (12, 28800)))
    transform = struct.pack(">BBHBBH", 0, 0, 8 + len(attributes), 1, 1, 0) + attributes
    proposal = struct.pack(">BBHBBBB", 0, 0, 8 + len(transform), 1, 1, 0, 1) + transform
    return struct.pack(">II", 1, 1) + proposal


def identity(name):
    return struct.pack(">BBH", 2, 17, 500) + name


def message(capture, cookies, source, destination, *parts):
    first, chain = payloads(*parts)
    head = cookies + struct.pack(">BBBBII", first, 0x10, AGGRESSIVE, 0, 0, 28 + len(chain))
    capture.udp(source, 500, destination, 500, head + chain)


def make():
    capture = Capture(27)
    for attempt in range(2):
        capture.at(30.0 * attempt)
        mine, theirs = capture.bytes(8), capture.bytes(8)
        message(capture, mine + bytes(8), A, B, (SA, security_association()),
                (KE, capture.bytes(256)), (NONCE, capture.bytes(32)), (ID, identity(b"a.example")))
        capture.wait(0.03)
        message(capture, mine + theirs, B, A, (SA, security_association()),
                (KE, capture.bytes(256)), (NONCE, capture.bytes(32)), (ID, identity(b"b.example")),
                (HASH, capture.bytes(20)))
    capture.at(60)
    capture.other()
    return capture
