# a offers more than most gateways read.
ike_a=aes128-aes192-aes256-aes128ctr-aes256ctr-sha1-sha256-sha384-sha512-prfsha1-prfsha256-prfsha384-prfsha512
ike_a=$ike_a-ecp256-ecp384-ecp521-curve25519-modp2048-modp3072-modp4096-modp6144-modp8192

about() {
    cat <<'T'
A healthy IKEv2 tunnel whose initiator offers 22 transforms in one proposal. Some gateways read only
the first ones; here b finds its own among them after asking for another DH group.
T
}

scenario() {
    capture oversized-offer m:ma pcapng
    up
    ping_for a 4 1
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"oversized-offer","severity":"note","tunnel":1}
J
}
