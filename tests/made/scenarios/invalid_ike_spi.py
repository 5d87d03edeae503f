"""A peer that restarted does not know the IKE SA any more, and says so."""

from wire import INFORMATIONAL, Capture, Peers, notify

ABOUT = """
IKEv2: the tunnel comes up and carries ESP; ten seconds later the responder has lost its state and
answers the initiator's liveness check with INVALID_IKE_SPI in clear, three times.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2},
    {"type": "finding", "id": "dpd-unanswered", "severity": "error", "tunnel": 1,
     "peer_to_check": {"address": B}, "consequences": [{"id": "invalid-ike-spi"}]},
]


def make():
    capture = Capture(40)
    peers = Peers(capture, A, B)
    peers.establish()
    for number in range(1, 6):
        capture.wait(1)
        capture.esp(A, B, 0xC1000001, number)
        capture.esp(B, A, 0xC2000001, number)
    request = peers.sealed(0, INFORMATIONAL, peers.next_id[0], False, 0)
    for seconds in (15, 17, 21):
        capture.at(seconds)
        peers.send(0, request)
        capture.wait(0.01)
        peers.send(1, peers.clear(1, INFORMATIONAL, peers.next_id[0], True, notify(4)))
    capture.at(22)
    capture.other()
    return capture
