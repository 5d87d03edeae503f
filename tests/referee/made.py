"""Captures of what those at hand lack: a message a payload in clear, and sealed fragments."""

import os
import struct

UDP_PORT = 500
RAW_IP = 101
V6 = bytes.fromhex("20010db8000000000000000000000001")
V6_END = bytes.fromhex("20010db800000000000000000000ffff")
V4, V4_END, MASK = bytes([192, 0, 2, 1]), bytes([192, 0, 2, 77]), bytes([255, 255, 255, 0])
OID_RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")


def payload(following, body):
    return struct.pack(">BBH", following, 0, 4 + len(body)) + body


def message(version, kind, body, exchange=None):
    exchange = exchange or (37 if version == 0x20 else 5)
    whole = payload(0, body)
    return struct.pack(">QQBBBBII", 1, 2, kind, version, exchange, 8 if version == 0x20 else 0, 7,
                       28 + len(whole)) + whole


def attribute(kind, value):
    """Long, unless the value is a number."""
    if isinstance(value, int):
        return struct.pack(">HH", 0x8000 | kind, value)
    return struct.pack(">HH", kind, len(value)) + value


def selector(kind, protocol, first, last, start, end):
    return struct.pack(">BBHHH", kind, protocol, 8 + len(start) + len(end), first,
                       last) + start + end


def notify(kind, data=b"", spi=b"", protocol=0):
    return struct.pack(">BBH", protocol, len(spi), kind) + spi + data


def notify_ikev1(kind, data=b"", spi=bytes(16), protocol=1):
    return struct.pack(">I", 1) + notify(kind, data, spi, protocol)


def sa_ikev1(proposals):
    out = struct.pack(">II", 1, 1)
    for i, (protocol, spi, transforms) in enumerate(proposals):
        inside = b""
        for k, (kind, attributes) in enumerate(transforms):
            body = struct.pack(">BBH", k + 1, kind, 0) + b"".join(
                attribute(*one) for one in attributes)
            inside += payload(3 if k + 1 < len(transforms) else 0, body)
        out += payload(2 if i + 1 < len(proposals) else 0, struct.pack(
            ">BBBB", 1, protocol, len(spi), len(transforms)) + spi + inside)
    return out


def sa_ikev2(protocol, spi, transforms):
    inside = b""
    for k, (kind, number, attributes) in enumerate(transforms):
        body = struct.pack(">BBH", kind, 0, number) + b"".join(
            attribute(*one) for one in attributes)
        inside += payload(3 if k + 1 < len(transforms) else 0, body)
    return payload(0, struct.pack(">BBBB", 1, protocol, len(spi), len(transforms)) + spi + inside)


IDENTITIES = [
    (1, V4), (2, b"peer.example"), (3, b"user@peer.example"), (5, V6), (11, b"key\x00id"),
    (9, bytes.fromhex("300f310d300b06035504030c0470656572")),
]
IDENTITIES_IKEV1 = IDENTITIES + [
    (4, V4 + MASK), (6, V6 + b"\xff" * 8 + bytes(8)), (7, V4 + V4_END), (8, V6 + V6_END)]

CONFIG = [
    (1, V4), (2, MASK), (3, V4), (4, V4), (5, struct.pack(">I", 3600)), (6, V4), (7, b"espial 1"),
    (8, V6 + b"\x40"), (10, V6), (12, V6), (13, V4 + MASK), (14, struct.pack(">HHH", 1, 3, 8)),
    (15, V6 + b"\x30"), (1, b""), (20, V4), (21, V6), (28672, b"welcome"), (28674, b"example.org"),
]

NOTIFIES = [
    (1, b"\xc8"), (9, struct.pack(">I", 5)), (11, bytes(4)), (17, struct.pack(">H", 20)),
    (38, b""), (39, b"E" * 28), (16385, struct.pack(">I", 4)), (16387, b"\x12\x34\x02"),
    (16388, b"h" * 20), (16390, b"c" * 16), (16397, V4), (16398, V6), (16401, b"c" * 8),
    (16402, V4 + V4_END + struct.pack(">HH", 500, 4500)), (16403, struct.pack(">I", 3600)),
    (16407, b"\x01\x04" + V4 + b"n" * 16), (16408, b"\x02\x10" + V6),
    (16409, struct.pack(">I", 60) + b"t" * 12), (16410, b""), (16411, b""), (16413, b"t" * 12),
    (16415, b"l" * 8), (16416, attribute(1, 15) + attribute(2, 5)), (16419, b"q" * 16),
    (16422, struct.pack(">III", 1, 2, 3)), (16423, struct.pack(">I", 9)),
    (16424, struct.pack(">HH", 1, 3)), (16431, struct.pack(">HHHH", 1, 2, 3, 4)),
    (16435, b""), (16436, b"\x01key"), (16441, b"a" * 6), (16442, b"\x03"), (40960, b"private"),
]
NOTIFIES_IKEV1 = [
    (14, b""), (24576, attribute(1, 1) + attribute(2, struct.pack(">I", 3600))), (24578, b""),
    (36136, struct.pack(">I", 77)), (36137, struct.pack(">I", 77)), (40501, V4),
]

LONG = struct.pack(">I", 86400)


def messages():
    for kind, data in IDENTITIES:
        yield message(0x20, 35, bytes([kind, 0, 0, 0]) + data)
    for kind, data in IDENTITIES_IKEV1:
        yield message(0x10, 5, bytes([kind, 17, 1, 244]) + data)
    for kind, data in NOTIFIES:
        yield message(0x20, 41, notify(kind, data))
    yield message(0x20, 41, notify(16393, b"", b"\x11\x22\x33\x44", 3))
    for kind, data in NOTIFIES_IKEV1:
        yield message(0x10, 11, notify_ikev1(kind, data))
    for kind in (1, 2):
        yield message(0x20, 47, bytes([kind, 0, 0, 0]) + b"".join(
            attribute(*one) for one in CONFIG))
    yield message(0x10, 14, struct.pack(">BBH", 1, 0, 99) + attribute(16520, 0) + attribute(
        16521, b"user") + attribute(16525, b"message"), 6)
    yield message(0x10, 14, struct.pack(">BBH", 3, 0, 99) + attribute(16527, 1), 6)
    yield message(0x20, 44, b"\x03\0\0\0" + selector(7, 17, 53, 53, V4, V4_END) + selector(
        8, 0, 0, 65535, V6, V6_END) + selector(7, 1, 0x0800, 0x08ff, V4, V4))
    yield message(0x20, 42, struct.pack(">BBH", 1, 0, 0))
    yield message(0x20, 42, struct.pack(">BBH", 3, 4, 3) + bytes(range(12)))
    yield message(0x10, 12, struct.pack(">IBBH", 1, 3, 4, 2) + bytes(range(8)))
    yield message(0x10, 12, struct.pack(">IBBH", 1, 1, 16, 1) + bytes(range(16)))
    yield message(0x20, 37, b"\x0b" + b"k" * 32)
    yield message(0x20, 37, b"\x0c" + b"h" * 20 + b"http://peer.example/cert")
    yield message(0x20, 38, b"\x04" + b"a" * 20 + b"b" * 20)
    yield message(0x10, 7, b"\x04" + bytes.fromhex("300f310d300b06035504030c0470656572"))
    yield message(0x20, 39, b"\x01\0\0\0" + b"s" * 64)
    yield message(0x20, 39, b"\x0e\0\0\0" + b"\x0f" + OID_RSA_SHA256 + b"s" * 64)
    yield message(0x10, 9, b"s" * 64)
    yield message(0x10, 8, b"h" * 32)
    yield message(0x20, 34, struct.pack(">HH", 31, 0) + b"p" * 32)
    yield message(0x20, 40, b"n" * 48)
    yield message(0x20, 43, b"vendor of this message")
    yield message(0x20, 33, sa_ikev2(1, b"\1" * 8, [
        (1, 20, [(14, 256)]), (1, 28, []), (2, 7, []), (3, 14, []), (4, 31, []), (6, 36, []),
        (7, 0, [])]))
    yield message(0x20, 33, sa_ikev2(2, b"\1" * 4, [(3, 2, []), (5, 1, [])]))
    yield message(0x10, 1, sa_ikev1([(1, b"", [
        (1, [(1, 7), (14, 256), (2, 4), (3, 65001), (4, 14), (11, 1), (12, LONG)]),
        (1, [(1, 5), (2, 1), (3, 3), (4, 2), (11, 2), (12, 4608)])])]), 2)
    yield message(0x10, 1, sa_ikev1([
        (3, b"\1\2\3\4", [(12, [(1, 1), (2, LONG), (4, 3), (5, 2), (6, 128), (3, 14), (11, 1)])]),
        (4, b"\0\2", [(2, [(4, 1)])]), (2, b"\1\2\3\4", [(3, [(5, 2), (4, 2)])])]), 32)
    yield message(0x10, 20, b"d" * 16)
    yield message(0x10, 21, b"\x01\0\0\0" + V4)
    yield message(0x10, 21, b"\x05\0\0\0" + V6)
    yield message(0x20, 48, struct.pack(">BBHB", 1, 3, 9, 1) + b"name")
    yield message(0x20, 53, struct.pack(">HH", 1, 3) + b"x" * 60)
    yield message(0x20, 46, b"x" * 64)


# NULL encryption without integrity, so that no cipher is needed here to seal.
KEYS = """%016x,%016x,,,"NULL [RFC2410]",,,"NONE [RFC4306]"
"""


def chain(*parts):
    """A chain of payloads, of (type, body)."""
    following = [kind for kind, _ in parts[1:]] + [0]
    return b"".join(payload(kind, body) for kind, (_, body) in zip(following, parts))


def sealed(message_id, kind, first, body, flags=8):
    """A message with one SK (46) or SKF (53); no padding, and its length."""
    whole = payload(first, body + b"\0")
    return struct.pack(">QQBBBBII", 1, 2, kind, 0x20, 35, flags, message_id,
                       28 + len(whole)) + whole


def fragments():
    inside = chain((35, b"\x02\0\0\0peer.example"), (39, b"\x02\0\0\0" + b"a" * 32),
                   (33, sa_ikev2(3, b"\1\2\3\4", [(1, 12, [(14, 256)]), (3, 12, []), (5, 0, [])])),
                   (44, b"\x01\0\0\0" + selector(7, 0, 0, 65535, V4, V4_END)),
                   (45, b"\x01\0\0\0" + selector(7, 0, 0, 65535, V4, V4)))
    yield sealed(1, 46, 35, inside)
    size = len(inside) // 3 + 1
    parts = [inside[at:at + size] for at in range(0, len(inside), size)]
    for message_id, order in ((2, (1, 2, 3)), (3, (3, 1, 1, 2))):
        for i in order:
            yield sealed(message_id, 53, 35 if i == 1 else 0,
                         struct.pack(">HH", i, len(parts)) + parts[i - 1])
    yield sealed(4, 46, 0, b"")


def write(path, bodies):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW_IP))
        for i, body in enumerate(bodies):
            udp = struct.pack(">HHHH", UDP_PORT, UDP_PORT, 8 + len(body), 0) + body
            frame = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), i, 0, 64, 17, 0) + V4 + V4_END
            frame += udp
            file.write(struct.pack("<IIII", i, 0, len(frame), len(frame)) + frame)


def make(folder):
    """Writes the captures, and a key file beside that which needs one; their paths."""
    os.mkdir(folder)
    paths = [os.path.join(folder, name + ".pcap") for name in ("clear", "sealed")]
    write(paths[0], messages())
    write(paths[1], fragments())
    with open(os.path.join(folder, "sealed.keys"), "w", encoding="ascii") as file:
        file.write(KEYS % (1, 2))
    return paths
