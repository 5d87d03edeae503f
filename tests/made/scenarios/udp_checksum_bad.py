"""A device on the way spoils UDP checksums of ESP."""

from wire import GCM, Capture, Peers

ABOUT = """
IKEv2 with ESP in UDP, seen behind two routers (TTL 62). The first packets of the initiator have no UDP
checksum, as RFC 3948 asks for; after six seconds a device fills in a wrong one, and the responder's
stack drops them: its answers stop.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "udp-checksum-bad", "severity": "warning", "confidence": "possible",
     "tunnel": 1, "peer_to_check": {"address": A}},
    {"type": "finding", "id": "natt-forced", "severity": "note", "tunnel": 1},
    {"type": "expect", "max_other_severity": "error"},
]


def make():
    capture = Capture(24)
    peers = Peers(capture, A, B, GCM)
    peers.init()
    peers.port = 4500
    peers.exchange(0, 35, 240, 200)
    for number in range(1, 31):
        capture.at(float(number))
        spoilt = number > 6
        capture.esp(A, B, 0xC1000001, number, udp=(4500, 4500), ttl=62,
                    checksum=0xBAD0 + number if spoilt else 0)
        if not spoilt:
            capture.wait(0.01)
            capture.esp(B, A, 0xC2000001, number, udp=(4500, 4500), ttl=62)
    return capture
