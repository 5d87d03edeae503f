# A healthy IKEv1 tunnel: main mode, quick mode, R-U-THERE, one more quick mode.
keys=yes
ike_version=1
ike_a=aes128-sha1-modp2048
ike_b=aes128-sha1-modp2048

about() {
    cat <<'T'
A healthy IKEv1 tunnel (main mode, pre-shared key, raw ESP): traffic, DPD (R-U-THERE) in the idle
phases, a rekey of the IPsec SA by quick mode. It is still up at the end.
T
}

scenario() {
    capture healthy-ikev1 m:ma pcap
    up
    ping_for a 8 1
    event "idle"
    sleep 14
    event "a rekeys the IPsec SA"
    swan a --rekey --child net
    ping_for b 8 1
    event "idle"
    sleep 14
    ping_for a 5 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"ikev1-deprecated","severity":"note","tunnel":1}
{"type":"finding","id":"weak-ike-crypto","severity":"note","tunnel":1}
J
}
