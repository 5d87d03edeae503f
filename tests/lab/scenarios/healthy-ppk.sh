# A healthy tunnel with a post-quantum pre-shared key.
keys=yes
conn_a='ppk_id = lab-ppk
        ppk_required = yes'
conn_b=$conn_a
secrets_a='ppk-lab {
        id = lab-ppk
        secret = one-post-quantum-secret
    }'
secrets_b=$secrets_a

about() {
    cat <<'T'
A healthy IKEv2 tunnel with a post-quantum pre-shared key (RFC 8784), mandatory on both sides.
T
}

scenario() {
    capture healthy-ppk m:ma pcapng
    up
    ping_for a 4 1
    sleep 5
    ping_for b 3 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
