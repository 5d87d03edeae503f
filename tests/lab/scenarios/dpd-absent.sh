# More than five idle minutes without any sign of life.
# Seconds that the run may take.
timeout=420
dpd_delay_a=0
dpd_delay_b=0

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP; neither side does DPD. The tunnel is idle for 330 s, in which nothing at
all passes between the peers; then traffic goes on, and all is well.
T
}

scenario() {
    capture dpd-absent m:ma pcap
    up
    ping_for a 5 1
    event "idle"
    sleep 330
    event "traffic again"
    ping_for a 5 1
}

expected() {
    tunnel_record established
    finding_record dpd-absent
}
