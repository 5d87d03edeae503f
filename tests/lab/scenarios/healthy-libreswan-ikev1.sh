# strongSwan and libreswan: a healthy IKEv1 tunnel.
peer_b=libreswan
ike_version=1
ike_a=aes128-sha1-modp2048
ike_b=aes128-sha1-modp2048
pluto_lifetime=30s

about() {
    cat <<'T'
A healthy IKEv1 tunnel between strongSwan (a) and libreswan (b): main mode with a pre-shared key, raw
ESP, DPD (R-U-THERE) in the idle phases, quick mode again by a, and by b when its IPsec SA is about to expire (30 s). It is still up at the
end.
T
}

scenario() {
    capture healthy-libreswan-ikev1 m:ma pcap
    up
    ping_for a 6 1
    event "idle"
    sleep 12
    event "a rekeys the IPsec SA"
    swan a --rekey --child net
    ping_start b 1
    sleep 34
    ping_stop b
    event "idle"
    sleep 9
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"ikev1-deprecated","severity":"note","tunnel":1}
J
}
