# libreswan sends each of its IKE messages twice.
peer_b=libreswan

about() {
    cat <<'T'
A healthy IKEv2 tunnel, except that b (libreswan, impaired: jacob-two-two) sends each of its IKE
messages twice. DPD, a rekey by each side; nothing is lost.
T
}

scenario() {
    capture libreswan-duplicates m:ma pcapng
    whack --impair jacob-two-two
    up
    ping_for a 5 1
    event "idle"
    sleep 9
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 4 1
    event "b rekeys the Child SA"
    whack --rekey-ipsec --name lab
    ping_for a 4 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"expect","max_other_severity":"warning"}
J
}
