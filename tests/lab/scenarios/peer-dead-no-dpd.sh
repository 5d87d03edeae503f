# b vanishes and a, without DPD, never notices. Without a liveness check that fails, a dead peer and
# one whose ESP is blocked look the same: the finding is the silence, not its reason.
dpd_delay_a=0
dpd_delay_b=0

about() {
    cat <<'T'
IKEv2 with raw ESP, DPD off on both sides; b vanishes (daemon killed, host silent) while a pings. a
sends ESP into the void until the capture ends and no IKE message asks for b.
T
}

scenario() {
    capture peer-dead-no-dpd m:ma pcapng
    up
    ping_start a 1
    sleep 10
    peer_vanishes b
    event "b vanishes"
    sleep 40
    ping_stop a
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"esp-one-way","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
