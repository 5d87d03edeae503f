# a does DPD every second.
dpd_delay_a=1s
dpd_delay_b=0

about() {
    cat <<'T'
A working IKEv2 tunnel with raw ESP whose side a is told to do DPD after 1 s of silence: 34 requests
in all, most of them in an idle phase of 25 s, each answered.
T
}

scenario() {
    capture dpd-aggressive m:ma pcap
    up
    ping_for a 5 1
    event "idle"
    sleep 25
    ping_for b 4 1
}

expected() {
    tunnel_record established
    finding_record dpd-aggressive ',"severity":"warning","peer_to_check":{"address":"@a@"}'
}
