# a sends its certificate without the one of its intermediate authority.
keys=yes
certs=yes
auth_a=pubkey
auth_b=pubkey

pki() {
    certificate root authority root
    certificate intermediate authority root
    certificate a.example peer intermediate
    certificate b.example peer root
    install_certificates a a.example root
    install_certificates b b.example root
}

about() {
    cat <<'T'
IKEv2 with ECDSA certificates: a's is by an intermediate authority, whose own certificate a does not
send; b knows only the root and answers AUTHENTICATION_FAILED. a is started twice.
T
}

scenario() {
    capture cert-chain-incomplete m:ma pcap
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"failed","nat":"none"}
{"type":"finding","id":"cert-failure","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"},"keyed":{"provenance":"decrypted"}}
J
}
