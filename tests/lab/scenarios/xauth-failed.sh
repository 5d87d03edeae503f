# The XAUTH password is wrong.
keys=yes
ike_version=1
plugins="$plugins xauth-generic"
conn_a='local-xauth {
            auth = xauth
            xauth_id = user
        }'
conn_b='remote-xauth {
            auth = xauth
        }'
secrets_a='xauth-lab {
        id = user
        secret = wrong-secret
    }'
secrets_b='xauth-lab {
        id = user
        secret = xauth-secret
    }'

about() {
    cat <<'T'
IKEv1 with a pre-shared key and XAUTH: a's password is wrong, b says so in a second Transaction
exchange, and both forget the ISAKMP SA without another word. a is started twice.
T
}

scenario() {
    capture xauth-failed m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"nat":"none"}
{"type":"finding","id":"xauth-failed","severity":"error","tunnel":1,"keyed":{"provenance":"decrypted"}}
J
}
