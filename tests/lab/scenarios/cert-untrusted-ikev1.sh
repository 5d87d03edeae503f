# b does not know the authority of a's certificate, IKEv1.
keys=yes
ike_version=1
certs=yes
auth_a=pubkey
auth_b=pubkey
key_type=rsa:2048

pki() {
    certificate root authority root
    certificate other authority other
    certificate a.example peer other
    certificate b.example peer root
    install_certificates a a.example root other
    install_certificates b b.example root
}

about() {
    cat <<'T'
IKEv1 main mode with RSA certificates: the authority of a's certificate is unknown to b, which answers
message 5 with an encrypted Informational, AUTHENTICATION-FAILED. a is started twice.
T
}

scenario() {
    capture cert-untrusted-ikev1 m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"state":"failed","nat":"none"}
{"type":"finding","id":"cert-failure","severity":"error","tunnel":1,"keyed":{"provenance":"decrypted"}}
J
}
