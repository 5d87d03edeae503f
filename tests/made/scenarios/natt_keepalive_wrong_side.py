"""NAT keepalives come from outside of the NAT."""

from scenarios.natt_keepalive_only import A, B, PORTS, natted
from wire import Capture

ABOUT = """
IKEv2 through a NAT that shows the initiator, 10.1.1.5, as 192.0.2.1 port 40001. The responder, outside
of the NAT, sends NAT keepalives in the pauses, the initiator none; traffic goes on after each pause.
"""

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A, "behind_nat": True},
                                 {"address": B, "behind_nat": False}], "ike_version": 2},
    {"type": "finding", "id": "natt-keepalive-wrong-side", "severity": "note", "tunnel": 1,
     "peer_to_check": {"address": A}},
    {"type": "finding", "id": "natt-in-use", "severity": "note", "tunnel": 1},
]


def make():
    capture = Capture(26)
    natted(capture)
    for turn in range(3):
        capture.at(30 + 25 * turn)
        capture.keepalive(B, A, PORTS[::-1])
        capture.wait(5)
        capture.esp(A, B, 0xC1000001, 11 + turn, udp=PORTS)
        capture.wait(0.01)
        capture.esp(B, A, 0xC2000001, 11 + turn, udp=PORTS[::-1])
    return capture
