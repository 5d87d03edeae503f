# strongSwan and libreswan: a healthy IKEv2 tunnel with rekeys from both sides.
keys=yes
peer_b=libreswan

about() {
    cat <<'T'
A healthy IKEv2 tunnel between strongSwan (a) and libreswan (b) with raw ESP: traffic both ways, idle
phases with DPD, rekeys of the Child SA by a and by b, a rekey of the IKE SA by a. It is still up at
the end.
T
}

scenario() {
    capture healthy-libreswan-ikev2 m:ma pcapng
    up
    ping_for a 6 1
    event "idle"
    sleep 10
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 5 1
    event "b rekeys the Child SA"
    whack --rekey-ipsec --name lab
    ping_for a 5 1
    event "a rekeys the IKE SA"
    swan a --rekey --ike lab
    ping_for a 4 1
    event "idle"
    sleep 9
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
