#!/usr/bin/env python3
"""Make seeds for the fuzz targets from captures.

usage: seeds.py OUT CAPTURE...

OUT/source, OUT/pcap, OUT/pipeline and OUT/copy get the files as they are, the small ones, and the other
folders what their targets read: OUT/pcapng blocks, OUT/datagram and OUT/anonymize frames, OUT/esp ESP
packets; OUT/ikev1 and OUT/ikev2 what the frames carry on UDP port 500 and 4500, OUT/open all of that
together, and OUT/skf in fragments. So go the referee's own messages, which have payloads that captures lack.
OUT/ike.dict is a dictionary made of the registries, OUT/keys.dict one of the words that the readers
of key files look for.
"""

import glob
import gzip
import hashlib
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
REGISTRY = os.path.join(HERE, "..", "..", "include", "espial", "registry")
sys.path.insert(0, os.path.join(HERE, "..", "referee"))
import made

FILE_MAX = 64 * 1024
FRAMES_MAX = 12


def frames_of_pcap(data):
    """(link type, frame) of a classic pcap in either byte order."""
    order = "<" if data[:1] in (b"\xd4", b"\x4d") else ">"
    link_type = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        held = struct.unpack_from(order + "I", data, at + 8)[0]
        yield link_type, data[at + 16:at + 16 + held]
        at += 16 + held


def frames_of_pcapng(data):
    """(link type, frame) of a pcapng of one section, little-endian, as the lab's are."""
    link_types = []
    at = 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 1:
            link_types.append(struct.unpack_from("<H", data, at + 8)[0])
        elif kind == 6:
            interface, held = struct.unpack_from("<I8xI", data, at + 8)
            yield link_types[interface], data[at + 28:at + 28 + held]
        at += max(length, 12)


def frames_of(data):
    try:
        reader = frames_of_pcapng if data[:4] == b"\n\r\r\n" else frames_of_pcap
        return list(reader(data))
    except (struct.error, IndexError):
        return []


def ike_of(frame):
    """What follows a UDP header with an IKE port, wherever in the frame that stands."""
    for at in range(14, min(80, len(frame) - 8)):
        source, destination, length = struct.unpack_from(">HHH", frame, at)
        if {source, destination} & {500, 4500} and length == len(frame) - at:
            body = frame[at + 8:]
            return body[4:] if body[:4] == bytes(4) else body
    return b""


def esp_of(frame):
    """What follows an IPv4 header of protocol 50, or port 4500 in UDP, right behind Ethernet."""
    if frame[12:14] != b"\x08\x00" or len(frame) < 42:
        return b""
    if frame[23] == 50:
        return frame[34:]
    if frame[23] == 17 and struct.unpack_from(">H", frame, 36)[0] == 4500:
        return frame[42:]
    return b""


def blocks_of(data):
    """A pcapng of one little-endian section as fuzz_pcapng.c reads it."""
    out, at = b"\0", 0
    while at + 12 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind < 0x7f:
            out += struct.pack(">BH", kind, max(length - 12, 0)) + data[at + 8:at + length - 4]
        at += max(length, 12)
    return out


def fragments_of(message):
    """What follows a header of 28 bytes, in three pieces as fuzz_skf.c reads them: RFC 7383's and
    IKEv1's."""
    first, body = message[16], message[28:]
    step = -(-len(body) // 3)
    parts = [body[at:at + step] for at in range(0, len(body), step)]
    for head in (lambda i: (1, i + 1, len(parts), 0 if i else first),
                 lambda i: (1, 0x80 | (i + 1), i + 1 == len(parts), 0)):
        yield b"".join(struct.pack(">BBBBH", *head(i), len(part)) + part
                       for i, part in enumerate(parts))


def numbers_of(registry):
    """The numbers in a registry's file."""
    with open(os.path.join(REGISTRY, registry + ".def"), encoding="utf-8") as file:
        return [int(number) for number in re.findall(r"^X\((\d+),", file.read(), re.MULTILINE)]


def words_of_ike():
    """Transforms, notifies, attributes and vendor IDs as they stand in a message."""
    words = set()
    for kind, registry in enumerate(("ike_encr", "ike_prf", "ike_integ", "ike_ke_method", "ike_esn"), 1):
        words |= {struct.pack(">BBH", kind, 0, number) for number in numbers_of(registry)}
    for registry in ("ike_notify", "ikev1_notify", "ike_config", "ikev1_attribute"):
        words |= {struct.pack(">H", number) for number in numbers_of(registry)}
    words |= {struct.pack(">HH", 0x800e, bits) for bits in (128, 192, 256)}
    with open(os.path.join(REGISTRY, "vendor_id.def"), encoding="utf-8") as file:
        words |= {bytes.fromhex(word.replace("\\x", ""))
                  for word in re.findall(r'"((?:\\x[0-9a-f]{2})+)"', file.read())}
    return words


def words_of_keys():
    """The words that the readers of key files look for."""
    words = set()
    for path in glob.glob(os.path.join(HERE, "..", "..", "src", "crypto", "keys_*.c")):
        with open(path, encoding="utf-8") as file:
            words |= set(re.findall(r'"([ !#-\[\]-~]{2,40})"', file.read()))
    return {word.encode() for word in words if "%" not in word}


def write_dictionary(path, words):
    with open(path, "w", encoding="ascii") as file:
        for word in sorted(words):
            file.write('"%s"\n' % "".join("\\x%02x" % byte for byte in word))


def write(out, target, data):
    if data:
        path = os.path.join(out, target, hashlib.sha1(data).hexdigest())
        with open(path, "wb") as file:
            file.write(data)


def write_messages(out, messages):
    for message in messages:
        if len(message) > 28:
            write(out, "ikev1" if message[17] >> 4 == 1 else "ikev2", message)
    write(out, "skf", b"".join(fragments for message in messages if len(message) > 28
                               for fragments in fragments_of(message)))
    write(out, "open", b"".join(struct.pack(">H", len(message)) + message
                                for message in messages if message))


def main():
    out, captures = sys.argv[1], sys.argv[2:]
    for target in ("source", "pcap", "pcapng", "datagram", "anonymize", "ikev1", "ikev2", "skf", "open", "esp",
                   "pipeline", "copy"):
        os.makedirs(os.path.join(out, target), exist_ok=True)
    for path in captures:
        with open(path, "rb") as file:
            data = file.read(FILE_MAX + 1)
        if len(data) > FILE_MAX:
            continue
        write(out, "source", data)
        if path.endswith(".gz"):
            data = gzip.decompress(data)
        elif path.endswith(".zst"):
            continue
        write(out, "pipeline", data)
        write(out, "copy", data)
        if data[:4] == b"\n\r\r\n":
            write(out, "pcapng", blocks_of(data))
        else:
            write(out, "pcap", data)
        frames = frames_of(data)[:FRAMES_MAX]
        listed = b"".join(struct.pack(">HH", link_type, len(frame)) + frame
                          for link_type, frame in frames)
        write(out, "datagram", listed)
        write(out, "anonymize", listed)
        write_messages(out, [ike_of(frame) for _, frame in frames])
        packets = [esp_of(frame) for _, frame in frames]
        write(out, "esp", b"".join(struct.pack(">BBH", i & 1, 10, len(packet)) + packet
                                   for i, packet in enumerate(packets) if packet))
    write_messages(out, list(made.messages()))
    write_messages(out, list(made.fragments()))
    write_dictionary(os.path.join(out, "ike.dict"), words_of_ike())
    write_dictionary(os.path.join(out, "keys.dict"), words_of_keys())


if __name__ == "__main__":
    main()
