# The pre-shared keys differ, IKEv1, libreswan as responder.
peer_b=libreswan
ike_version=1
psk_b=another-secret

about() {
    cat <<'T'
IKEv1 main mode: the peers have different pre-shared keys, so b (libreswan) cannot read message 5. a
sends it again and again; b says nothing about it and sends its message 4 again.
T
}

scenario() {
    capture libreswan-psk-mismatch-ikev1 m:ma pcapng
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"nat":"none"}
{"type":"finding","id":"ikev1-psk-mismatch","severity":"error","tunnel":1}
J
}
