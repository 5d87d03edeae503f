# The pre-shared keys differ, IKEv2, libreswan as responder.
keys=yes
peer_b=libreswan
psk_b=another-secret

about() {
    cat <<'T'
IKEv2: the peers have different pre-shared keys. b (libreswan) answers a's IKE_AUTH with the single
notify AUTHENTICATION_FAILED (encrypted). a is started twice.
T
}

scenario() {
    capture libreswan-auth-failed-ikev2 m:ma pcap
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"failed","nat":"none"}
{"type":"finding","id":"auth-failed","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"},"keyed":{"confidence":"certain","provenance":"decrypted"}}
J
}
