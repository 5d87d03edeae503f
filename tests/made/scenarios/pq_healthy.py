"""A healthy tunnel with a post-quantum key exchange."""

from wire import (CREATE_CHILD_SA, GCM, IKE_AUTH, IKE_FOLLOWUP_KE, IKE_INTERMEDIATE, INFORMATIONAL,
                  Capture, Peers, notify)

ABOUT = """
A healthy IKEv2 tunnel with Curve25519 and ML-KEM-768 as additional key exchange (RFC 9370):
IKE_SA_INIT, IKE_INTERMEDIATE, IKE_AUTH, traffic both ways, and a rekey of the Child SA with
IKE_FOLLOWUP_KE.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2,
     "state": "established"},
]

INTERMEDIATE_SUPPORTED = 16438
TRANSFORMS = [(1, 20, 256), (2, 5, 0), (4, 31, 0), (6, 36, 0)]


def make():
    capture = Capture(26)
    peers = Peers(capture, A, B, GCM)
    supported = [notify(INTERMEDIATE_SUPPORTED)]
    peers.init(request=supported, response=supported, transforms=TRANSFORMS)
    capture.wait(0.02)
    peers.exchange(0, IKE_INTERMEDIATE, 8 + 1184, 8 + 1088)
    capture.wait(0.02)
    peers.exchange(0, IKE_AUTH, 240, 200)
    for i in range(1, 21):
        capture.at(1.0 * i)
        capture.esp(A, B, 0xC2000001, i)
        capture.esp(B, A, 0xC2000002, i)
    # SA, nonce, KE, selectors, and the link to what follows (ADDITIONAL_KEY_EXCHANGE).
    peers.exchange(0, CREATE_CHILD_SA, 240, 236)
    peers.exchange(0, IKE_FOLLOWUP_KE, 8 + 1184 + 16, 8 + 1088)
    capture.wait(0.05)
    peers.exchange(0, INFORMATIONAL, 12, 12)
    for i in range(1, 21):
        capture.at(20.5 + i)
        capture.esp(A, B, 0xC2000003, i)
        capture.esp(B, A, 0xC2000004, i)
    return capture
