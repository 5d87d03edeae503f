"""IKEv1 through a NAT, and only the initiator announces NAT traversal."""

from ikev1 import Phase1
from wire import Capture

ABOUT = """
IKEv1 Main Mode through a NAT that shows the initiator's port 500 as 1027. Only the initiator sends the
vendor ID of RFC 3947, so there is no NAT detection and IKE stays on port 500. Phase 2 comes up; no ESP
is seen.
"""

A, B = "192.0.2.1", "198.51.100.1"
RFC_3947 = bytes.fromhex("4a131c81070358455c5728f20e95452f")

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 1},
    {"type": "finding", "id": "natt-vid-one-side", "severity": "error", "tunnel": 1,
     "peer_to_check": {"address": B, "role": "responder"}},
]


def make():
    capture = Capture(21)
    phase1 = Phase1(capture, A, B, (1027, 500), ((RFC_3947,), ()))
    phase1.main_mode(86400)
    phase1.quick_mode(0x1001)
    capture.at(20)
    capture.other()
    return capture
