# The post-quantum pre-shared keys differ.
keys=yes
conn_a='ppk_id = lab-ppk
        ppk_required = yes'
conn_b=$conn_a
secrets_a='ppk-lab {
        id = lab-ppk
        secret = one-post-quantum-secret
    }'
secrets_b='ppk-lab {
        id = lab-ppk
        secret = another-post-quantum-secret
    }'

about() {
    cat <<'T'
IKEv2 with post-quantum pre-shared keys (RFC 8784), mandatory on both sides: the identity is the same,
the secret is not. b answers IKE_AUTH with AUTHENTICATION_FAILED. a is started twice.
T
}

scenario() {
    capture ppk-mismatch m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"failed","nat":"none"}
{"type":"finding","id":"ppk-mismatch","severity":"error","tunnel":1,"keyed":{"provenance":"decrypted"}}
J
}
