# b's counter starts again from 1 on the same SA.

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP, two pings a second from a. After 20 s b's outbound SA is installed
again with its counter at 0 and the same keys (ip xfrm), as after a failover to a cluster member that
did not get the counter. Until b's counter is back where it was, a's replay check drops all of it.
T
}

scenario() {
    capture esp-seq-reset m:ma pcapng
    up
    ping_start a 0.5
    sleep 20
    sa_edit b "$b" "$a" replay-oseq 0
    event "b's counter starts again"
    sleep 15
    ping_stop a
}

expected() {
    tunnel_record established
    finding_record esp-seq-reset ',"severity":"error","peer_to_check":{"address":"@b@"}'
}
