# A healthy tunnel, but the capture filter shows only what a sends.

# Of the two only a probes, so that all the probes in view go unanswered in view.
dpd_delay_b=0

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP, traffic, DPD and a Child SA rekey, captured with the filter
"src host 192.0.2.1": nothing of b is in the capture, so nothing can be said about b's silence.
T
}

scenario() {
    capture one-sided m:ma pcapng src host "$a"
    up
    ping_for a 10 1
    event "idle"
    sleep 12
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for a 8 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2,"encapsulation":"raw"}
{"type":"finding","id":"capture-one-sided","severity":"note","tunnel":1}
J
}
