"""IKE_AUTH in more fragments than the responder puts together."""

from wire import GCM, IKE_AUTH, Capture, Peers, notify

ABOUT = """
IKEv2: the initiator cuts its IKE_AUTH request into 22 IKE fragments of 300 bytes each and sends the
whole set four times. The responder, which puts at most 16 together, never answers.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "ike-auth-no-response", "severity": "error", "tunnel": 1,
     "peer_to_check": {"address": B}, "consequences": [{"id": "ike-skf-too-many"}]},
]


def make():
    capture = Capture(43)
    peers = Peers(capture, A, B, GCM)
    peers.init(request=[notify(16430)], response=[notify(16430)])
    parts = [peers.sealed(0, IKE_AUTH, 1, False, 300, (i, 22)) for i in range(1, 23)]
    for second in (0.1, 4, 11, 24):
        capture.at(second)
        for part in parts:
            peers.send(0, part)
    capture.at(40)
    capture.other()
    return capture
