# A healthy tunnel between IPv6 peers.
family=6

about() {
    cat <<'T'
A healthy IKEv2 tunnel between IPv6 addresses with raw ESP: traffic, DPD, a Child SA rekey.
T
}

scenario() {
    capture healthy-ipv6 m:ma pcapng
    up
    ping_for a 6 1
    event "idle"
    sleep 9
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 5 1
    event "idle"
    sleep 7
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"pq-absent","severity":"note","tunnel":1}
J
}
