"""The second, post-quantum key exchange is lost."""

from wire import GCM, IKE_INTERMEDIATE, Capture, Peers, notify

ABOUT = """
IKEv2 with Curve25519 and ML-KEM-768 as additional key exchange (RFC 9370): IKE_SA_INIT is answered,
but IKE_INTERMEDIATE (RFC 9242), with 1200 bytes more, is sent five times in vain.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "pq-intermediate-failed", "severity": "error", "tunnel": 1,
     "peer_to_check": {"address": B}},
]

INTERMEDIATE_SUPPORTED = 16438
# AES-GCM-256, SHA2-256, Curve25519, ADDKE1: ML-KEM-768.
TRANSFORMS = [(1, 20, 256), (2, 5, 0), (4, 31, 0), (6, 36, 0)]


def make():
    capture = Capture(25)
    peers = Peers(capture, A, B, GCM)
    supported = [notify(INTERMEDIATE_SUPPORTED)]
    peers.init(request=supported, response=supported, transforms=TRANSFORMS)
    capture.wait(0.02)
    request = peers.sealed(0, IKE_INTERMEDIATE, 1, False, 8 + 1184)
    for i, seconds in enumerate((0.1, 4.1, 11.3, 24.3, 47.6)):
        capture.at(seconds)
        peers.send(0, request)
    capture.at(90)
    capture.other()
    return capture
