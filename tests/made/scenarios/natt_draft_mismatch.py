"""IKEv1 through a NAT; the peers know forms of NAT traversal that do not meet."""

from ikev1 import Phase1
from wire import Capture

ABOUT = """
IKEv1 Main Mode through a NAT that shows the initiator's port 500 as 1027. The initiator announces NAT
traversal as of drafts 02 and 03, the responder as of RFC 3947 only: no NAT detection, IKE stays on port
500. Phase 2 comes up; no ESP is seen.
"""

A, B = "192.0.2.1", "198.51.100.1"
DRAFT_02 = bytes.fromhex("cd60464335df21f87cfdb2fc68b6a448")
DRAFT_02_N = bytes.fromhex("90cb80913ebb696e086381b5ec427b1f")
DRAFT_03 = bytes.fromhex("7d9419a65310ca6f2c179d9215529d56")
RFC_3947 = bytes.fromhex("4a131c81070358455c5728f20e95452f")

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 1},
    {"type": "finding", "id": "natt-draft-mismatch", "severity": "error", "tunnel": 1,
     "peer_to_check": {"address": A, "role": "initiator"}},
]


def make():
    capture = Capture(22)
    phase1 = Phase1(capture, A, B, (1027, 500), ((DRAFT_02, DRAFT_02_N, DRAFT_03), (RFC_3947,)))
    phase1.main_mode(86400)
    phase1.quick_mode(0x1001)
    capture.at(20)
    capture.other()
    return capture
