# b vanishes while a keeps sending.

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP and traffic; b vanishes (daemon killed, host silent) while a goes on
pinging. a's ESP flows into the void; its DPD requests are not answered and 22 s later it gives up.
T
}

scenario() {
    capture peer-dead-esp-continues m:ma pcapng
    up
    ping_start a 0.5
    sleep 10
    peer_vanishes b
    event "b vanishes"
    sleep 28
    ping_stop a
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"peer-dead-esp-continues","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
