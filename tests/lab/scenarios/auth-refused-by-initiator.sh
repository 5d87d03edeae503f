# a does not accept how b authenticates, after a full IKE_AUTH response.
keys=yes
conn_a='remote {
            auth = pubkey
        }'

about() {
    cat <<'T'
IKEv2: b accepts a's pre-shared key and answers IKE_AUTH in full, with a pre-shared key of its own; a
is configured to accept only a certificate from b, and says AUTHENTICATION_FAILED in an INFORMATIONAL
request at once. So b believes for a moment that the tunnel is up. a is started twice.
T
}

scenario() {
    capture auth-refused-by-initiator m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"auth-failed","severity":"error","tunnel":1,"peer_to_check":{"address":"@a@"},"keyed":{"provenance":"decrypted"}}
J
}
