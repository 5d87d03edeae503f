# b calls itself something else than a expects.
keys=yes
conn_b='local {
            id = gateway.example
        }'
secrets_b='ike-gateway {
        id-1 = a.example
        id-2 = gateway.example
        secret = lab-secret
    }'

about() {
    cat <<'T'
IKEv2, one pre-shared key: a expects its peer to be b.example, b calls itself gateway.example. When a
initiates, b has nobody of the asked name and answers AUTHENTICATION_FAILED; when b initiates, a
refuses gateway.example in the same way. Without keys it looks as different pre-shared keys do.
T
}

scenario() {
    capture peer-id-mismatch m:ma pcapng
    up
    sleep 9
    up b
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"failed","nat":"none"}
{"type":"finding","id":"auth-failed","severity":"error","tunnel":1,"keyed":{"id":"peer-id-mismatch","provenance":"decrypted"}}
J
}
