"""The hash algorithms that the peers accept in signatures have nothing in common."""

from wire import GCM, IKE_AUTH, Capture, Peers, notify

ABOUT = """
IKEv2: each side lists the hash algorithms that it accepts in signatures (RFC 7427), a SHA1 alone, b
SHA2-384 and SHA2-512. b asks for certificates, a's IKE_AUTH is as long as one with a certificate, and
b answers with a lone notify. a tries twice.
"""

A, B = "192.0.2.1", "198.51.100.1"

EXPECTED = [
    {"type": "tunnel", "peers": [{"address": A}, {"address": B}], "ike_version": 2,
     "state": "failed"},
    {"type": "finding", "id": "sighash-mismatch", "severity": "error", "tunnel": 1,
     "peer_to_check": {"address": B}},
]

CERTREQ = 38


def make():
    capture = Capture(21)
    for attempt in range(2):
        capture.at(10.0 * attempt)
        peers = Peers(capture, A, B, GCM)
        peers.init(request=[notify(16431, b"\x00\x01")],
                   response=[notify(16431, b"\x00\x03\x00\x04"),
                             (CERTREQ, b"\x04" + capture.bytes(20))])
        capture.wait(0.02)
        peers.exchange(0, IKE_AUTH, 1150, 8)
    capture.at(30)
    capture.other()
    return capture
