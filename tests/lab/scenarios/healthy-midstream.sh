# The capture starts and ends in the middle of a tunnel's life.

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP that was up, with traffic, before the capture began and after
it ended: no IKE_SA_INIT, the ESP sequence numbers start above 1, DPD in the idle phases.
T
}

scenario() {
    up
    ping_start a 1
    sleep 5
    capture healthy-midstream m:ma pcap
    sleep 10
    ping_stop a
    event "idle"
    sleep 10
    event "traffic again"
    ping_start b 1
    sleep 8
    captures_stop
    ping_stop b
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2,"encapsulation":"raw"}
{"type":"finding","id":"capture-midstream","severity":"note","tunnel":1}
J
}
