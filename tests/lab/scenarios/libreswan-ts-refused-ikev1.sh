# The protected networks differ, IKEv1, libreswan as responder.
peer_b=libreswan
ike_version=1
pluto_rightsubnet=10.30.0.0/24

about() {
    cat <<'T'
IKEv1: phase 1 succeeds; b (libreswan) has 10.30.0.0/24 as the network behind a, a proposes
10.10.0.0/24, so quick mode is refused.
T
}

scenario() {
    capture libreswan-ts-refused-ikev1 m:ma pcapng
    up
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"nat":"none"}
{"type":"finding","id":"ts-unacceptable","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
