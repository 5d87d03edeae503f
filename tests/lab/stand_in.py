"""Say on behalf of a dead IKE daemon what strongSwan never says.

usage: stand_in.py invalid-spi ADDRESS    answer each ESP packet with an INVALID_SPI notify
       stand_in.py invalid-syntax ADDRESS answer each IKE_SA_INIT with an INVALID_SYNTAX notify
"""

import socket
import struct
import sys

IKE_SA_INIT, INFORMATIONAL = 34, 37
INITIATOR, RESPONSE = 0x08, 0x20
INVALID_SYNTAX, INVALID_SPI = 7, 11


def message(spis, exchange, flags, notify, data=b""):
    """An unprotected IKEv2 message with a single Notify payload (RFC 7296, 3.1 and 3.10)."""
    payload = struct.pack("!BBHBBH", 0, 0, 8 + len(data), 0, 0, notify) + data
    return spis + struct.pack("!BBBBII", 41, 0x20, exchange, flags, 0, 28 + len(payload)) + payload


def main():
    what, address = sys.argv[1:]
    ike = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ike.bind((address, 500))
    if what == "invalid-spi":
        esp = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ESP)
        esp.bind((address, 0))
        while True:
            packet, (source, _) = esp.recvfrom(65535)
            header = (packet[0] & 15) * 4
            # Outside of any IKE SA (RFC 7296, 1.5): both SPIs zero, a request of the initiator.
            ike.sendto(message(bytes(16), INFORMATIONAL, INITIATOR, INVALID_SPI,
                               packet[header:header + 4]), (source, 500))
    while True:
        request, source = ike.recvfrom(65535)
        if request[18] == IKE_SA_INIT:
            spis = request[:8] + b"stand-in"
            ike.sendto(message(spis, IKE_SA_INIT, RESPONSE, INVALID_SYNTAX), source)


main()
