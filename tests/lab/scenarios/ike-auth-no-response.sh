# IKE_AUTH requests do not reach b's daemon, IKE_SA_INIT does.

about() {
    cat <<'T'
IKEv2 without NAT: b's host filter drops messages with exchange type 35, so IKE_SA_INIT succeeds and
the IKE_AUTH request, on port 500 too, is sent four times in vain.
T
}

scenario() {
    capture ike-auth-no-response m:ma pcapng
    # The exchange type is byte 18 of the IKE header.
    on b iptables-legacy -A INPUT -p udp --dport 500 -m u32 --u32 '0>>22&0x3C@23&0xff=35' -j DROP
    up
    sleep 2
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"ike-auth-no-response","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
