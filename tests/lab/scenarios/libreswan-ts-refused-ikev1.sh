# The protected networks differ, IKEv1, libreswan as responder.
keys=yes
peer_b=libreswan
ike_version=1
pluto_rightsubnet=10.30.0.0/24

about() {
    cat <<'T'
IKEv1: phase 1 succeeds; b (libreswan) has 10.30.0.0/24 as the network behind a, a proposes
10.10.0.0/24, so quick mode is refused with
INVALID-ID-INFORMATION. The ISAKMP SA stays; a tries twice.
T
}

scenario() {
    capture libreswan-ts-refused-ikev1 m:ma pcapng
    up
    sleep 6
    up
    sleep 6
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"state":"established","nat":"none"}
{"type":"finding","id":"child-not-established","severity":"error","tunnel":1,"keyed":{"id":"ts-unacceptable","peer_to_check":{"address":"@b@"},"provenance":"decrypted"}}
J
}
