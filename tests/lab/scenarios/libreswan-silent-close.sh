# libreswan closes its tunnel without a word.
peer_b=libreswan

about() {
    cat <<'T'
IKEv2 under traffic: b (libreswan, impaired: send-no-delete) closes its tunnel without a Delete, as a
gateway does that is restarted or cleared by hand. Its host and daemon live on but say nothing; a sends
ESP and DPD in vain until it gives up.
T
}

scenario() {
    capture libreswan-silent-close m:ma pcapng
    whack --impair send-no-delete
    up
    ping_start a 1
    sleep 8
    event "b closes the tunnel and says nothing"
    whack --terminate --name lab
    sleep 24
    ping_stop a
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"peer-dead-esp-continues","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
