# b's counter jumps ahead on the same SA.

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP; after 8 s b's outbound SA is installed again with a counter that
is higher by 65536 and the same keys (ip xfrm), as a cluster does at a failover to be safe (RFC 6311).
All pings are answered: no packet is lost, though 65536 numbers are missing.
T
}

scenario() {
    capture esp-seq-jump m:ma pcapng
    up
    ping_for a 8 1
    sa_edit b "$b" "$a" replay-oseq 0x10008
    event "b's counter jumps"
    ping_for a 10 1
}

expected() {
    tunnel_record established
    finding_record esp-seq-jump ',"severity":"note"'
}
