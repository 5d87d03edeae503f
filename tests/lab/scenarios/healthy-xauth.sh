# A healthy IKEv1 tunnel with extended authentication.
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
        secret = xauth-secret
    }'
secrets_b=$secrets_a

about() {
    cat <<'T'
A healthy IKEv1 tunnel with a pre-shared key and XAUTH: after main mode b asks a for user name and
password in Transaction exchanges.
T
}

scenario() {
    capture healthy-xauth m:ma pcapng
    up
    ping_for a 4 1
    sleep 5
    ping_for b 3 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"encapsulation":"raw","state":"established","nat":"none"}
J
}
