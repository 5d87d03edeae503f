# libreswan rekeys the IKE SA and then everything again, under traffic.
peer_b=libreswan

about() {
    cat <<'T'
A healthy IKEv2 tunnel between strongSwan (a) and libreswan (b) under traffic: b rekeys the IKE SA, then
the Child SA twice, then a rekeys the Child SA. libreswan deletes what it replaced a second later.
T
}

scenario() {
    capture libreswan-rekey-healthy m:ma pcap.gz
    up
    ping_start a 0.5
    sleep 3
    event "b rekeys the IKE SA"
    whack --rekey-ike --name lab
    sleep 4
    event "b rekeys the Child SA"
    whack --rekey-ipsec --name lab
    sleep 4
    event "b rekeys the Child SA"
    whack --rekey-ipsec --name lab
    sleep 4
    event "a rekeys the Child SA"
    swan a --rekey --child net
    sleep 4
    ping_stop a
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
