# b's daemon dies above a living kernel.

about() {
    cat <<'T'
IKEv2 with raw ESP; b's daemon is killed while pings go both ways. The kernel keeps the SAs and ESP
flows on, so there is no reason for DPD; when the traffic ends, a's DPD request is answered by b's
host with ICMP port unreachable, four times.
T
}

scenario() {
    capture daemon-killed m:ma pcapng
    up
    ping_start a 1
    sleep 6
    daemon_kill b
    event "b's daemon is killed"
    sleep 10
    ping_stop a
    event "idle"
    sleep 18
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"dpd-unanswered","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
