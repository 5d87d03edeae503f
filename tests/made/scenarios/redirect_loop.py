"""Two gateways send a client to each other."""

import socket

from wire import GCM, IKE_SA_INIT, Capture, Peers, notify

ABOUT = """
IKEv2: a client starts with the gateway 198.51.100.1, which redirects it (RFC 5685) to 198.51.100.2,
and that one back to the first; twice round. The client says that it takes redirects, and from the
second attempt on whence it comes.
"""

CLIENT, GATEWAYS = "192.0.2.1", ["198.51.100.1", "198.51.100.2"]

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": CLIENT}, {"address": GATEWAYS[0]}]},
    {"type": "tunnel", "peers": [{"address": CLIENT}, {"address": GATEWAYS[1]}]},
    {"type": "finding", "id": "redirect-loop", "severity": "error", "tunnel": 1,
     "peer_to_check": {"address": GATEWAYS[0]}},
    {"type": "finding", "id": "redirect-loop", "severity": "error", "tunnel": 2,
     "peer_to_check": {"address": GATEWAYS[1]}},
    {"type": "finding", "id": "redirected", "severity": "note", "tunnel": 1},
    {"type": "finding", "id": "redirected", "severity": "note", "tunnel": 2},
]

REDIRECT_SUPPORTED, REDIRECT, REDIRECTED_FROM = 16406, 16407, 16408


def gateway(address):
    return b"\x01\x04" + socket.inet_aton(address)


def make():
    capture = Capture(22)
    for attempt in range(4):
        capture.at(0.5 * attempt)
        here, there = GATEWAYS[attempt % 2], GATEWAYS[(attempt + 1) % 2]
        peers = Peers(capture, CLIENT, here, GCM)
        say = notify(REDIRECTED_FROM, gateway(there)) if attempt else notify(REDIRECT_SUPPORTED)
        peers.send(0, peers.init_request(say))
        capture.wait(0.01)
        peers.send(1, peers.clear(1, IKE_SA_INIT, 0, True,
                                  notify(REDIRECT, gateway(there) + capture.bytes(32)),
                                  spi_r=bytes(8)))
    capture.at(20)
    capture.other()
    return capture
