"""A client resumes its session with a ticket."""

from wire import GCM, IKE_AUTH, IKE_SESSION_RESUME, INFORMATIONAL, NONCE, Capture, Peers, notify

ABOUT = """
IKEv2: a client comes back with a ticket (IKE_SESSION_RESUME, RFC 5723), the gateway takes it, IKE_AUTH
follows at once, and traffic flows both ways.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2,
     "state": "established"},
    {"type": "finding", "id": "session-resumption", "severity": "note", "tunnel": 1},
]

TICKET_OPAQUE = 16413


def make():
    capture = Capture(23)
    peers = Peers(capture, A, B, GCM)
    peers.send(0, peers.clear(0, IKE_SESSION_RESUME, 0, False, (NONCE, capture.bytes(32)),
                              notify(TICKET_OPAQUE, capture.bytes(128)), spi_r=bytes(8)))
    capture.wait(0.02)
    peers.send(1, peers.clear(1, IKE_SESSION_RESUME, 0, True, (NONCE, capture.bytes(32))))
    peers.next_id[0] = 1
    capture.wait(0.02)
    peers.exchange(0, IKE_AUTH, 240, 200)
    for i in range(1, 21):
        capture.at(1.0 * i)
        capture.esp(A, B, 0xC1000001, i)
        capture.esp(B, A, 0xC1000002, i)
    peers.exchange(0, INFORMATIONAL, 0, 0)
    capture.at(25)
    capture.other()
    return capture
