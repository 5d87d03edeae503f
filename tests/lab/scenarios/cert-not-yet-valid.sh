# b's certificate is not valid yet, or a's clock is wrong.
keys=yes
certs=yes
auth_a=pubkey
auth_b=pubkey

pki() {
    certificate root authority root
    certificate a.example peer root
    certificate b.example peer root 20450101000000Z 20460101000000Z
    install_certificates a a.example root
    install_certificates b b.example root
}

about() {
    cat <<'T'
IKEv2 with ECDSA certificates: b's is valid from 2045 on, so a refuses it after a full IKE_AUTH
response, with AUTHENTICATION_FAILED in an INFORMATIONAL request. a is started twice.
T
}

scenario() {
    capture cert-not-yet-valid m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"cert-failure","severity":"error","tunnel":1,"peer_to_check":{"address":"@a@"},"keyed":{"id":"cert-clock-skew","peer_to_check":{"address":"@b@"},"provenance":"decrypted"}}
J
}
