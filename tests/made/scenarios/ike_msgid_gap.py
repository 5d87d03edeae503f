"""A cluster node takes over and numbers its requests from elsewhere."""

from wire import GCM, INFORMATIONAL, Capture, Peers

ABOUT = """
IKEv2: after a failover the initiator's requests jump from message ID 3 to 40 (its message IDs were
not synchronised, or the wrong way: RFC 6311). The responder ignores the request, sent five times,
while its own liveness checks are answered and ESP flows both ways.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "ike-msgid-gap", "severity": "warning", "tunnel": 1,
     "peer_to_check": {"address": A}},
]


def make():
    capture = Capture(41)
    peers = Peers(capture, A, B, GCM)
    peers.establish()
    for i in range(60):
        capture.at(1 + i)
        capture.esp(A, B, 0xC1000001, 1 + i)
        capture.esp(B, A, 0xC2000002, 1 + i)
        if i == 10:
            peers.exchange(0, INFORMATIONAL, 0, 0)
        if i == 20:
            peers.next_id[0] = 40
            lost = peers.sealed(0, INFORMATIONAL, 40, False, 200)
        if i in (20, 22, 26, 34, 50):
            peers.send(0, lost)
        if i in (25, 55):
            peers.exchange(1, INFORMATIONAL, 0, 0)
    return capture
