# The first IKE messages are lost, later ones are not.

about() {
    cat <<'T'
IKEv2: b's host filter drops port 500 at first, so a's IKE_SA_INIT is answered at the third try only;
the same with its request to rekey, later. The tunnel comes up and works.
T
}

scenario() {
    capture ike-retransmissions m:ma pcapng
    event "b drops port 500"
    on b iptables-legacy -A INPUT -p udp --dport 500 -j DROP
    (sleep 3; on b iptables-legacy -F INPUT) &
    up
    event "the filter is gone since 3 s after a's start"
    ping_for a 4 1
    event "b drops port 500 for 3 s, a rekeys the Child SA"
    on b iptables-legacy -A INPUT -p udp --dport 500 -j DROP
    (sleep 3; on b iptables-legacy -F INPUT) &
    swan a --rekey --child net
    sleep 6
    ping_for a 4 1
    sleep 2
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"ike-retransmissions","severity":"warning","tunnel":1}
J
}
