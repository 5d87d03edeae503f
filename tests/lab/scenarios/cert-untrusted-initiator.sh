# a does not know the authority of b's certificate.
keys=yes
certs=yes
auth_a=pubkey
auth_b=pubkey

pki() {
    certificate root authority root
    certificate other authority other
    certificate a.example peer root
    certificate b.example peer other
    install_certificates a a.example root
    install_certificates b b.example root other
}

about() {
    cat <<'T'
IKEv2 with ECDSA certificates: b accepts a's and answers IKE_AUTH in full with its own, whose
authority a does not know; a says AUTHENTICATION_FAILED in an INFORMATIONAL request at once. a is
started twice.
T
}

scenario() {
    capture cert-untrusted-initiator m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"cert-failure","severity":"error","tunnel":1,"peer_to_check":{"address":"@a@"},"keyed":{"provenance":"decrypted"}}
J
}
