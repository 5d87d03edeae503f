# libreswan does not delete what it replaced.
keys=yes
peer_b=libreswan

about() {
    cat <<'T'
IKEv2: b (libreswan, impaired: send-no-delete) rekeys the Child SA and never deletes the old one. Both
sides use the new one; a keeps the old one.
T
}

scenario() {
    capture libreswan-no-delete m:ma pcapng
    whack --impair send-no-delete
    up
    ping_for a 5 1
    event "b rekeys the Child SA"
    whack --rekey-ipsec --name lab
    ping_for a 15 1
    event "idle"
    sleep 6
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"delete-missing","severity":"warning","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
