#!/usr/bin/env python3
"""Write a capture whose names would do harm on a page that believed them.

usage: hostile.py OUT.pcap

IKEv1 Aggressive Mode tells identities in clear, vendor IDs are any bytes, and an IKEv2 notify may
carry text.
"""

import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "made"))

import ikev1  # noqa: E402
import wire  # noqa: E402

A, B, C, D = "192.0.2.1", "198.51.100.1", "192.0.2.66", "198.51.100.66"
ID, HASH = 5, 8
NAMES = [
    b"</time></p><script>window.harm = 1</script>",
    b"\"'><img src=x onerror=\"window.harm = 2\">",
    b"<svg onload=window.harm=3><style>*{display:none}</style>",
    b"]]>--><iframe src=javascript:window.harm=4></iframe>&lt;b&gt;&#60;i&#62;",
    b"evil\x00\x01\x1b[31m\xff\xfe\xc3(\xe2\x80\xae txt.exe\xe2\x81\xa6",
    "名前 <b>Größe</b> {{verdict}} {{script}}".encode(),
    b"<" * 3000 + b"x",
]


def identity(name):
    return ID, struct.pack(">BBH", 2, 17, 500) + name


def aggressive(capture, name, other):
    phase1 = ikev1.Phase1(capture, A, B)
    for side, own in ((0, name), (1, other)):
        first, chain = wire.payloads(
            ikev1.proposal(28800), (ikev1.KE, capture.bytes(256)), (ikev1.NONCE, capture.bytes(32)),
            identity(own), (ikev1.VENDOR, own[:200]), (HASH, capture.bytes(32)))
        phase1.send(side, wire.AGGRESSIVE, first, chain, 0, cookie_r=side == 1)


def refused(capture, name):
    """An IKE_SA_INIT that is answered with a notify that nobody knows, text in it."""
    spi = capture.bytes(8)
    first, chain = wire.payloads(
        (wire.SA, wire.proposal(wire.CBC["transforms"])), (wire.KE, struct.pack(">HH", 14, 0) + capture.bytes(256)),
        (wire.NONCE, capture.bytes(32)), (wire.VENDOR, name[:300]))
    head = spi + bytes(8) + struct.pack(">BBBBII", first, 0x20, wire.IKE_SA_INIT, 0x08, 0, 28 + len(chain))
    capture.udp(C, 500, D, 500, head + chain)
    first, chain = wire.payloads(wire.notify(40999, name[:300]), wire.notify(14))
    head = spi + bytes(8) + struct.pack(">BBBBII", first, 0x20, wire.IKE_SA_INIT, 0x20, 0, 28 + len(chain))
    capture.udp(D, 500, C, 500, head + chain)


def main():
    capture = wire.Capture(66)
    for i, name in enumerate(NAMES):
        capture.at(10 * i)
        aggressive(capture, name, NAMES[(i + 1) % len(NAMES)])
        refused(capture, name)
    capture.at(100)
    capture.other()
    capture.write(sys.argv[1])


if __name__ == "__main__":
    main()
