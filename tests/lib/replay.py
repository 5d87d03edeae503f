#!/usr/bin/env python3
"""Send the frames of a capture on an interface, at the pace at which they were captured.

usage: replay.py INTERFACE CAPTURE [SPEED]

SPEED 10 is ten times as fast. The capture has to have the interface's own link type, which is not
looked at. Linux, and root in its network namespace.
"""

import socket
import struct
import subprocess
import sys
import time

FILE_HEADER = 24
PACKET_HEADER = 16


def frames(path):
    """(time, bytes) of each frame, through tcpdump, which reads pcapng too."""
    text = subprocess.run(["tcpdump", "-r", path, "-w", "-"], check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout
    order = "<" if text[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    fraction = 1e-9 if b"\x3c" in text[:4] else 1e-6
    at = FILE_HEADER
    while at + PACKET_HEADER <= len(text):
        seconds, parts, held, _ = struct.unpack_from(order + "IIII", text, at)
        at += PACKET_HEADER
        yield seconds + parts * fraction, text[at:at + held]
        at += held


def main():
    interface, path = sys.argv[1:3]
    speed = float(sys.argv[3]) if len(sys.argv) > 3 else 1
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.bind((interface, 0))
    first = start = None
    for when, frame in frames(path):
        if first is None:
            first, start = when, time.monotonic()
        time.sleep(max(0, start + (when - first) / speed - time.monotonic()))
        sender.send(frame)


if __name__ == "__main__":
    main()
