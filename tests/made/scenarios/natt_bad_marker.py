"""IKE_AUTH goes to port 4500 without the non-ESP marker."""

from wire import GCM, IKE_AUTH, Capture, Peers

ABOUT = """
IKEv2: IKE_SA_INIT on port 500, then a device on the way moves IKE_AUTH to UDP 4500 without putting the
four zero bytes of the non-ESP marker in front. The responder takes it for ESP and is silent; four tries.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "natt-bad-marker", "severity": "error", "tunnel": 1,
     "peer_to_check": {"address": A, "role": "initiator"}},
]


def make():
    capture = Capture(23)
    peers = Peers(capture, A, B, GCM)
    peers.init()
    request = peers.sealed(0, IKE_AUTH, 1, False, 240)
    for second in (0.1, 4, 11, 24):
        capture.at(second)
        capture.udp(A, 4500, B, 4500, request)
    capture.at(40)
    capture.other()
    return capture
