# A healthy IKEv1 tunnel with RSA certificates.
keys=yes
ike_version=1
certs=yes
auth_a=pubkey
auth_b=pubkey
key_type=rsa:2048

about() {
    cat <<'T'
A healthy IKEv1 tunnel authenticated by RSA certificates of one authority, with traffic and a liveness
check.
T
}

scenario() {
    capture healthy-ikev1-cert m:ma pcapng
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
