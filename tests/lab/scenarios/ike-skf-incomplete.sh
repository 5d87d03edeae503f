# One IKE fragment never arrives.
certs=yes
auth_a=pubkey
auth_b=pubkey
key_type=rsa:2048
charon_extra='fragment_size = 600'

about() {
    cat <<'T'
IKEv2 with RSA certificates: a's IKE_AUTH request takes three IKE fragments (RFC 7383). m, the
router between the peers, drops the second one each time, so b never has the whole request. This is
the view behind that filter.
T
}

scenario() {
    capture ike-skf-incomplete m:mb pcapng
    # The first payload (byte 16 of the IKE header) is an Encrypted Fragment, its number is 2.
    on m iptables-legacy -A FORWARD -p udp --dport 500 -m u32 \
        --u32 '0>>22&0x3C@21&0xff=53&&0>>22&0x3C@38&0xffff=2' -j DROP
    up
    sleep 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"ike-skf-incomplete","severity":"error","tunnel":1}
J
}
