"""Stand in for an IKE daemon that has lost its SAs: answer each ESP packet with INVALID_SPI.

usage: invalid_spi.py ADDRESS

An IKEv2 INFORMATIONAL request outside of any IKE SA (RFC 7296, 1.5 and 3.10.1): both IKE SPIs zero,
flag I, message ID 0, one Notify payload whose data is the SPI of the packet.
"""

import socket
import struct
import sys

address = sys.argv[1]
esp = socket.socket(socket.AF_INET, socket.SOCK_RAW, 50)
esp.bind((address, 0))
ike = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
ike.bind((address, 500))
while True:
    packet, (source, _) = esp.recvfrom(65535)
    header = (packet[0] & 15) * 4
    notify = struct.pack("!BBHBBH", 0, 0, 12, 0, 0, 11) + packet[header:header + 4]
    message = struct.pack("!8s8sBBBBII", bytes(8), bytes(8), 41, 0x20, 37, 0x08, 0,
                          28 + len(notify)) + notify
    ike.sendto(message, (source, 500))
