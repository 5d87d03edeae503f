"""A tunnel that is up and carries nothing any more."""

from wire import INFORMATIONAL, Capture, Peers

ABOUT = """
IKEv2: the tunnel comes up, carries ESP both ways for five seconds and then nothing, while both peers
answer liveness checks every 30 seconds for a quarter of an hour.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "state": "established"},
    {"type": "finding", "id": "esp-idle", "severity": "note", "tunnel": 1},
]


def make():
    capture = Capture(50)
    peers = Peers(capture, A, B)
    peers.establish()
    for number in range(1, 6):
        capture.wait(1)
        capture.esp(A, B, 0xC1000001, number)
        capture.esp(B, A, 0xC2000001, number)
    for i in range(1, 31):
        capture.at(30.0 * i)
        peers.exchange(i % 2, INFORMATIONAL, 0, 0)
    return capture
