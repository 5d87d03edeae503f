#!/usr/bin/env python3
"""Make seeds for the fuzz targets from captures.

usage: seeds.py OUT CAPTURE...

OUT/source and OUT/pipeline get the files as they are, the small ones; OUT/datagram their frames in
the form that fuzz_datagram.c reads; OUT/ike what the frames carry on UDP port 500 and 4500, and
OUT/open all of that together, in the form that fuzz_open.c reads. So go the referee's own messages,
which have payloads that captures lack.
"""

import gzip
import hashlib
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "referee"))
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


def write(out, target, data):
    if data:
        path = os.path.join(out, target, hashlib.sha1(data).hexdigest())
        with open(path, "wb") as file:
            file.write(data)


def write_messages(out, messages):
    for message in messages:
        write(out, "ike", message)
    write(out, "open", b"".join(struct.pack(">H", len(message)) + message
                                for message in messages if message))


def main():
    out, captures = sys.argv[1], sys.argv[2:]
    for target in ("source", "datagram", "ike", "open", "pipeline"):
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
        frames = frames_of(data)[:FRAMES_MAX]
        write(out, "datagram", b"".join(struct.pack(">HH", link_type, len(frame)) + frame
                                        for link_type, frame in frames))
        write_messages(out, [ike_of(frame) for _, frame in frames])
    write_messages(out, list(made.messages()))
    write_messages(out, list(made.fragments()))


if __name__ == "__main__":
    main()
