"""Two gateways that both wait for the other one."""

from wire import Capture, Peers

ABOUT = """
Two gateways behind a NAT exchange NAT keepalives for ten minutes, and neither begins IKE; another
tunnel in the same capture comes up and is used, so IKE is not filtered out.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "finding", "id": "ike-no-initiator", "severity": "note", "confidence": "possible"},
]


def make():
    capture = Capture(41)
    peers = Peers(capture, "192.0.2.7", "198.51.100.7")
    peers.establish()
    for number in range(1, 6):
        capture.wait(1)
        capture.esp("192.0.2.7", "198.51.100.7", 0xC1000001, number)
        capture.esp("198.51.100.7", "192.0.2.7", 0xC2000001, number)
    for i in range(31):
        capture.at(20.0 * (i + 1))
        capture.keepalive(A, B)
    return capture
