# a proves itself by a pre-shared key, b wants a certificate.
keys=yes
conn_b='remote {
            auth = pubkey
        }'

about() {
    cat <<'T'
IKEv2: a authenticates by a pre-shared key, b accepts only a certificate from a and answers
AUTHENTICATION_FAILED. a is started twice.
T
}

scenario() {
    capture auth-method-mismatch m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"failed","nat":"none"}
{"type":"finding","id":"auth-failed","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"},"keyed":{"provenance":"decrypted"}}
J
}
