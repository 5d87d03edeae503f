# A healthy tunnel with ECDSA certificates.
keys=yes
certs=yes
auth_a=pubkey
auth_b=pubkey
dpd_delay_a=3s

about() {
    cat <<'T'
A healthy IKEv2 tunnel authenticated by ECDSA certificates of one authority, with traffic and a
liveness check.
T
}

scenario() {
    capture healthy-cert m:ma pcapng
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
