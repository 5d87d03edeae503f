# A healthy tunnel through a NAT, IKEv1, libreswan as responder.
peer_b=libreswan
nat=yes
ike_version=1
keep_alive=4s
dpd_delay_a=14s
dpd_delay_b=14s

about() {
    cat <<'T'
A healthy IKEv1 tunnel between strongSwan (a), 10.0.0.2 behind a masquerading router that shows it as
192.0.2.1, and libreswan (b). ESP is UDP-encapsulated; a sends NAT keepalives when idle. Seen outside
of the NAT.
T
}

scenario() {
    capture healthy-libreswan-nat m:ma pcapng
    up
    ping_for a 5 1
    event "idle"
    sleep 18
    event "a rekeys the IPsec SA"
    swan a --rekey --child net
    ping_for a 5 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a_outside@","behind_nat":true},{"address":"@b@","behind_nat":false}],"ike_version":1,"encapsulation":"udp","state":"established","nat":"detected"}
{"type":"finding","id":"natt-in-use","severity":"note","tunnel":1}
J
}
