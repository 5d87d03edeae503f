"""A gateway refuses tickets, and the client does not start from the beginning."""

from wire import GCM, IKE_SESSION_RESUME, NONCE, Capture, Peers, notify

ABOUT = """
IKEv2: a client wants to resume its session (IKE_SESSION_RESUME, RFC 5723); the gateway answers
TICKET_NACK, and the client comes with the same ticket again, three times in all.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "resumption-rejected", "severity": "warning", "tunnel": 1,
     "peer_to_check": {"address": B}},
]

TICKET_OPAQUE, TICKET_NACK = 16413, 16412


def make():
    capture = Capture(24)
    ticket = capture.bytes(128)
    for attempt in range(3):
        capture.at(15.0 * attempt)
        peers = Peers(capture, A, B, GCM)
        peers.send(0, peers.clear(0, IKE_SESSION_RESUME, 0, False, (NONCE, capture.bytes(32)),
                                  notify(TICKET_OPAQUE, ticket), spi_r=bytes(8)))
        capture.wait(0.02)
        peers.send(1, peers.clear(1, IKE_SESSION_RESUME, 0, True, notify(TICKET_NACK),
                                  spi_r=bytes(8)))
    capture.at(60)
    capture.other()
    return capture
