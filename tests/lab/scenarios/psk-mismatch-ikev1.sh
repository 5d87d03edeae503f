# The pre-shared keys differ, IKEv1.
ike_version=1
psk_b=another-secret

about() {
    cat <<'T'
IKEv1 main mode: the peers have different pre-shared keys, so b cannot read message 5. a sends it
again and again; b answers each with an Informational.
T
}

scenario() {
    capture psk-mismatch-ikev1 m:ma pcapng
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"state":"failed","nat":"none"}
{"type":"finding","id":"ikev1-psk-mismatch","severity":"error","tunnel":1}
J
}
