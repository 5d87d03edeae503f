"""Nonces and key exchange values that come again, and a short nonce."""

from wire import IKE_AUTH, IKE_SA_INIT, INFORMATIONAL, KE, NONCE, Capture, Peers

ABOUT = """
IKEv2: three IKE SAs one after the other, each deleted in order. The initiator sends the nonce and
the key exchange value of the first one again in the second; its nonce in the third has 12 bytes.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "finding", "id": "nonce-reuse", "severity": "note", "tunnel": 1},
    {"type": "finding", "id": "ke-reuse", "severity": "note", "tunnel": 1},
    {"type": "finding", "id": "short-nonce", "severity": "note", "tunnel": 1},
]


def make():
    capture = Capture(5)
    kept = {}
    for i in range(3):
        capture.at(30.0 * i)
        peers = Peers(capture, A, B)
        parts = peers.init_parts(0)
        for at, (kind, body) in enumerate(parts):
            if kind in (KE, NONCE) and i == 1:
                parts[at] = kind, kept[kind]
            kept[kind] = body
            if kind == NONCE and i == 2:
                parts[at] = kind, body[:12]
        peers.send(0, peers.clear(0, IKE_SA_INIT, 0, False, *parts, spi_r=bytes(8)))
        peers.send(1, peers.init_response())
        peers.next_id[0] = 1
        peers.exchange(0, IKE_AUTH, 240, 200)
        capture.wait(5)
        peers.exchange(0, INFORMATIONAL, 8, 0)
    return capture
