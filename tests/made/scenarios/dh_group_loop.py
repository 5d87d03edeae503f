"""Each side insists on a group that the other one does not take."""

from wire import GCM, IKE_SA_INIT, Capture, Peers, notify

ABOUT = """
IKEv2: the initiator sends IKE_SA_INIT with a value of group 19, and each time the responder asks
for group 14 (INVALID_KE_PAYLOAD), which was not offered. Four attempts with the same SPI, no IKE SA.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "ike-dh-group-loop", "severity": "error", "tunnel": 1},
]


def make():
    capture = Capture(1)
    peers = Peers(capture, A, B, GCM)
    for i in range(4):
        capture.at(4.0 * i)
        peers.send(0, peers.init_request())
        capture.wait(0.01)
        peers.send(1, peers.clear(1, IKE_SA_INIT, 0, True, notify(17, b"\x00\x0e"),
                                  spi_r=bytes(8)))
    capture.at(20)
    capture.other()
    return capture
