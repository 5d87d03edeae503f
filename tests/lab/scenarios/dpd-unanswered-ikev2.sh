# b vanishes while the tunnel is idle.

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP: traffic, then idle with answered DPD; then b vanishes (daemon killed,
host silent). a's next DPD request is sent four times and never answered; a gives up.
T
}

scenario() {
    capture dpd-unanswered-ikev2 m:ma pcapng
    up
    ping_for a 6 1
    event "idle"
    sleep 10
    peer_vanishes b
    event "b vanishes"
    sleep 26
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"dpd-unanswered","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
