# a's certificate has expired.
keys=yes
certs=yes
auth_a=pubkey
auth_b=pubkey

pki() {
    certificate root authority root
    certificate a.example peer root 20200101000000Z 20210101000000Z
    certificate b.example peer root
    install_certificates a a.example root
    install_certificates b b.example root
}

about() {
    cat <<'T'
IKEv2 with ECDSA certificates: a's was valid during 2020 only, so b refuses it with
AUTHENTICATION_FAILED. a is started twice.
T
}

scenario() {
    capture cert-expired m:ma pcap
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"failed","nat":"none"}
{"type":"finding","id":"cert-failure","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"},"keyed":{"id":"cert-clock-skew","peer_to_check":{"address":"@a@"},"provenance":"decrypted"}}
J
}
