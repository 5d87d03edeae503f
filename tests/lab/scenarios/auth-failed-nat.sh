# The pre-shared keys differ; a is behind a NAT.
keys=yes
nat=yes
psk_b=another-secret

about() {
    cat <<'T'
IKEv2 with a NAT in front of a: the peers have different pre-shared keys. IKE_AUTH goes to port 4500
and b answers it with the single notify AUTHENTICATION_FAILED (encrypted). a is started twice.
T
}

scenario() {
    capture auth-failed-nat m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a_outside@","behind_nat":true},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"failed","nat":"detected"}
{"type":"finding","id":"auth-failed","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"},"keyed":{"confidence":"certain","provenance":"decrypted"}}
J
}
