# MOBIKE: IKE moves to port 4500 without any NAT, ESP stays on protocol 50.
mobike=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel with MOBIKE and no NAT: from IKE_AUTH on IKE uses port 4500, ESP stays raw
(protocol 50). Port 4500 alone is no NAT traversal.
T
}

scenario() {
    capture healthy-mobike-4500 m:ma pcapng
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
J
}
