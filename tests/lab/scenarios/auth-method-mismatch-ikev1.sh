# a offers a pre-shared key, b wants a certificate, IKEv1.
keys=yes
ike_version=1
certs=yes
conn_b='remote {
            auth = pubkey
        }
        local {
            auth = pubkey
        }'

about() {
    cat <<'T'
IKEv1 main mode: a's proposal names a pre-shared key as the way to authenticate; b takes it, but its
configuration wants a certificate from a, and answers message 5 with an encrypted Informational,
AUTHENTICATION-FAILED. The key itself is the same on both sides. a is started twice.
T
}

scenario() {
    capture auth-method-mismatch-ikev1 m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"state":"failed","nat":"none"}
{"type":"finding","id":"auth-failed","severity":"error","tunnel":1,"keyed":{"provenance":"decrypted"}}
J
}
