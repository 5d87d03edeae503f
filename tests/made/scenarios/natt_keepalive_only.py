"""A peer behind a NAT asked in vain and sends only keepalives since."""

from wire import CREATE_CHILD_SA, GCM, Capture, Peers

ABOUT = """
IKEv2 through a NAT that shows the initiator, 10.1.1.5, as 192.0.2.1 port 40001. The tunnel carries
traffic; then the responder vanishes. The initiator asks for a new Child SA five times in vain, and sends
only NAT keepalives from then on, one every 20 s, for five minutes.
"""

A, B = "192.0.2.1", "198.51.100.1"
PORTS = (40001, 4500)

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A, "behind_nat": True}, {"address": B}],
     "ike_version": 2},
    {"type": "finding", "id": "rekey-failed", "severity": "error", "tunnel": 1,
     "peer_to_check": {"address": B}, "consequences": [{"id": "natt-keepalive-only"}]},
    {"type": "finding", "id": "natt-in-use", "severity": "note", "tunnel": 1},
]


def natted(capture):
    """Establishes an IKE SA whose initiator is behind a NAT, and carries traffic."""
    peers = Peers(capture, "10.1.1.5", B, GCM)
    request = peers.init_request()
    peers.names[0] = A
    capture.udp(A, 40000, B, 500, request)
    capture.wait(0.01)
    response = peers.init_response()
    capture.udp(B, 500, A, 40000, response)
    peers.next_id[0] = 1
    exchange(peers, 35, 240, 200)
    for number in range(1, 11):
        capture.at(float(number))
        capture.esp(A, B, 0xC1000001, number, udp=PORTS)
        capture.wait(0.01)
        capture.esp(B, A, 0xC2000001, number, udp=PORTS[::-1])
    return peers


def exchange(peers, kind, inner, inner_reply):
    message_id = peers.next_id[0]
    peers.next_id[0] += 1
    peers.capture.udp(A, PORTS[0], B, PORTS[1],
                      bytes(4) + peers.sealed(0, kind, message_id, False, inner))
    peers.capture.wait(0.01)
    peers.capture.udp(B, PORTS[1], A, PORTS[0],
                      bytes(4) + peers.sealed(1, kind, message_id, True, inner_reply))


def make():
    capture = Capture(25)
    peers = natted(capture)
    request = bytes(4) + peers.sealed(0, CREATE_CHILD_SA, 2, False, 120)
    for second in (20, 24, 31, 44, 67):
        capture.at(second)
        capture.udp(A, PORTS[0], B, PORTS[1], request)
    for second in range(87, 387, 20):
        capture.at(second)
        capture.keepalive(A, B, PORTS)
    return capture
