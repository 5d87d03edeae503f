"""Packets for captures that no daemon at hand makes: IKE in clear and sealed, ESP, ICMP, files.

A sealed part is random bytes of exactly the length that the suite gives to what would be inside:
without keys a reader sees no more than that of a real one.
"""

import hashlib
import random
import socket
import struct

# Exchange types, payload types and notifies as the RFCs number them.
IKE_SA_INIT, IKE_AUTH, CREATE_CHILD_SA, INFORMATIONAL = 34, 35, 36, 37
IKE_SESSION_RESUME, IKE_INTERMEDIATE, IKE_FOLLOWUP_KE = 38, 43, 44
MAIN, AGGRESSIVE, INFORMATIONAL_V1, TRANSACTION, QUICK = 2, 4, 5, 6, 32
SA, KE, NONCE, NOTIFY, VENDOR, SK, SKF = 33, 34, 40, 41, 43, 46, 53
NATD_SOURCE, NATD_DESTINATION = 16388, 16389

# Bytes of IV, block and tag of a suite, and its transforms (type, number, key length in bits).
GCM = {"iv": 8, "block": 1, "icv": 16, "transforms": [(1, 20, 256), (2, 5, 0), (4, 19, 0)]}
CBC = {"iv": 16, "block": 16, "icv": 16,
       "transforms": [(1, 12, 256), (2, 5, 0), (3, 12, 0), (4, 14, 0)]}
PUBLIC_BYTES = {2: 128, 5: 192, 14: 256, 19: 64, 20: 96, 31: 32}


def payloads(*parts):
    """A chain of payloads, of (type, body); its first type comes with it."""
    kinds = [kind for kind, _ in parts] + [0]
    chain = b"".join(struct.pack(">BBH", kinds[i + 1], 0, 4 + len(body)) + body
                     for i, (_, body) in enumerate(parts))
    return kinds[0], chain


def notify(kind, data=b"", spi=b"", protocol=0):
    return NOTIFY, struct.pack(">BBH", protocol, len(spi), kind) + spi + data


def proposal(transforms, protocol=1, spi=b"", number=1, last=True):
    inside = b""
    for i, (kind, value, bits) in enumerate(transforms):
        attribute = struct.pack(">HH", 0x800E, bits) if bits else b""
        inside += struct.pack(">BBHBBH", 3 if i + 1 < len(transforms) else 0, 0,
                              8 + len(attribute), kind, 0, value) + attribute
    return struct.pack(">BBHBBBB", 0 if last else 2, 0, 8 + len(spi) + len(inside), number,
                       protocol, len(spi), len(transforms)) + spi + inside


class Capture:
    """Ethernet frames with their times; addresses are IPv4 or IPv6 texts."""

    def __init__(self, seed, start=1_700_000_000.0):
        self.random = random.Random(seed)
        self.start = self.now = start
        self.frames = []  # (time, bytes, length on the wire)
        self.drops = 0  # that the capturing side says it dropped
        self.ip_id = 0

    def at(self, seconds):
        self.now = self.start + seconds

    def wait(self, seconds):
        self.now += seconds

    def bytes(self, count):
        return self.random.randbytes(count)

    # --- frames ---

    def frame(self, packet, ether=0x0800, keep=None):
        whole = bytes(6) + b"\x02" + bytes(5) + struct.pack(">H", ether) + packet
        self.frames.append((self.now, whole[:keep] if keep else whole, len(whole)))
        self.now += 0.0002

    def other(self):
        """A frame of other traffic (ARP): the capture goes on to here."""
        self.frame(bytes.fromhex("0001080006040001") + bytes(20), 0x0806)

    def ip(self, source, destination, protocol, body, ttl=64, dont_fragment=True, ip_id=None,
           fragment=0, more=False, keep=None):
        if ":" in source:
            head = struct.pack(">IHBB", 0x60000000, len(body), protocol, ttl)
            head += socket.inet_pton(socket.AF_INET6, source)
            head += socket.inet_pton(socket.AF_INET6, destination)
            self.frame(head + body, 0x86DD, keep)
            return
        self.ip_id = (self.ip_id + 1) & 0xFFFF
        offset = fragment // 8 | (0x2000 if more else 0) | (0x4000 if dont_fragment else 0)
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body),
                           self.ip_id if ip_id is None else ip_id, offset, ttl, protocol, 0,
                           socket.inet_aton(source), socket.inet_aton(destination))
        total = sum(struct.unpack(">10H", head))
        total = (total & 0xFFFF) + (total >> 16)
        check = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
        self.frame(head[:10] + struct.pack(">H", check) + head[12:] + body, keep=keep)

    def udp(self, source, source_port, destination, destination_port, body, checksum=0, **how):
        head = struct.pack(">HHHH", source_port, destination_port, 8 + len(body), checksum)
        self.ip(source, destination, 17, head + body, **how)

    def esp(self, source, destination, spi, sequence, length=100, body=None, udp=None, **how):
        """`length` counts from behind the sequence number; `udp`: a pair of ports."""
        packet = struct.pack(">II", spi, sequence & 0xFFFFFFFF) + (body or self.bytes(length))
        if udp:
            self.udp(source, udp[0], destination, udp[1], packet, **how)
        else:
            self.ip(source, destination, 50, packet, **how)

    def keepalive(self, source, destination, ports=(4500, 4500)):
        self.udp(source, ports[0], destination, ports[1], b"\xff")

    def write(self, path):
        if self.drops:
            self.write_pcapng(path)
            return
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
            for time, frame, length in self.frames:
                second = int(time)
                file.write(struct.pack("<IIII", second, int((time - second) * 1e9), len(frame),
                                       length) + frame)

    def write_pcapng(self, path):
        """Only pcapng can tell of drops: an interface statistics block at the end."""
        def block(kind, body):
            length = 12 + len(body)
            return struct.pack("<II", kind, length) + body + struct.pack("<I", length)

        def ticks(time):
            return struct.pack("<II", *divmod(int(time * 1e9), 1 << 32))

        with open(path, "wb") as file:
            file.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
            resolution = struct.pack("<HHB3xHH", 9, 1, 9, 0, 0)
            file.write(block(1, struct.pack("<HHI", 1, 0, 262144) + resolution))
            for time, frame, length in self.frames:
                padding = bytes(-len(frame) % 4)
                file.write(block(6, struct.pack("<I", 0) + ticks(time) + struct.pack(
                    "<II", len(frame), length) + frame + padding))
            drops = struct.pack("<HHQHH", 5, 8, self.drops, 0, 0)
            file.write(block(5, struct.pack("<I", 0) + ticks(self.frames[-1][0]) + drops))


class Peers:
    """An initiator and a responder, and the IKEv2 SA between them."""

    def __init__(self, capture, initiator, responder, suite=GCM, port=500):
        self.capture, self.suite, self.port = capture, suite, port
        self.names = [initiator, responder]
        self.spis = [capture.bytes(8), capture.bytes(8)]
        self.next_id = [0, 0]

    def send(self, side, body, port=None):
        port = port or self.port
        marker = bytes(4) if port == 4500 else b""
        self.capture.udp(self.names[side], port, self.names[1 - side], port, marker + body)

    def header(self, first, kind, side, message_id, response, length, version=0x20, spi_r=None):
        flags = (0x08 if side == 0 else 0) | (0x20 if response else 0)
        return self.spis[0] + (self.spis[1] if spi_r is None else spi_r) + struct.pack(
            ">BBBBII", first, version, kind, flags, message_id, 28 + length)

    def clear(self, side, kind, message_id, response, *parts, spi_r=None):
        """A message in clear, of payloads (type, body)."""
        first, chain = payloads(*parts)
        return self.header(first, kind, side, message_id, response, len(chain), spi_r=spi_r) + chain

    def sealed_length(self, inner):
        block = self.suite["block"]
        cipher = -(-(inner + 1) // block) * block
        return self.suite["iv"] + cipher + self.suite["icv"]

    def sealed(self, side, kind, message_id, response, inner, fragment=None):
        """A message with `inner` bytes of payloads under SK, or SKF with (number, total)."""
        body = self.capture.bytes(self.sealed_length(inner))
        if fragment:
            body = struct.pack(">HH", *fragment) + body
        whole = struct.pack(">BBH", 0, 0, 4 + len(body)) + body
        return self.header(SKF if fragment else SK, kind, side, message_id, response,
                           len(whole)) + whole

    def nat_detection(self, side, spi_r):
        """Both NAT detection notifies over the addresses as they are."""
        out = []
        for kind, name in ((NATD_SOURCE, self.names[side]),
                           (NATD_DESTINATION, self.names[1 - side])):
            family = socket.AF_INET6 if ":" in name else socket.AF_INET
            text = self.spis[0] + spi_r + socket.inet_pton(family, name)
            out.append(notify(kind, hashlib.sha1(text + struct.pack(">H", self.port)).digest()))
        return out

    def init_parts(self, side, *more, transforms=None, nat=True, group=None):
        chosen = transforms or self.suite["transforms"]
        group = group or next(value for kind, value, _ in chosen if kind == 4)
        spi_r = bytes(8) if side == 0 else self.spis[1]
        parts = [(SA, proposal(chosen)),
                 (KE, struct.pack(">HH", group, 0) + self.capture.bytes(PUBLIC_BYTES[group])),
                 (NONCE, self.capture.bytes(32))]
        return parts + (self.nat_detection(side, spi_r) if nat else []) + list(more)

    def init_request(self, *more, **how):
        return self.clear(0, IKE_SA_INIT, 0, False, *self.init_parts(0, *more, **how),
                          spi_r=bytes(8))

    def init_response(self, *more, **how):
        return self.clear(1, IKE_SA_INIT, 0, True, *self.init_parts(1, *more, **how))

    def init(self, request=(), response=(), **how):
        self.send(0, self.init_request(*request, **how))
        self.send(1, self.init_response(*response, **how))
        self.next_id[0] = 1

    def exchange(self, side, kind, inner, inner_reply):
        """A sealed request of `side` and its answer."""
        message_id = self.next_id[side]
        self.next_id[side] += 1
        self.send(side, self.sealed(side, kind, message_id, False, inner))
        self.capture.wait(0.01)
        self.send(1 - side, self.sealed(1 - side, kind, message_id, True, inner_reply))

    def establish(self, **how):
        """IKE_SA_INIT and IKE_AUTH with a Child SA, by pre-shared key."""
        self.init(**how)
        self.capture.wait(0.05)
        self.exchange(0, IKE_AUTH, 240, 200)
