# Only a asks whether the peer is alive.
dpd_delay_b=0
ike_a=aes256gcm16-prfsha256-modp2048
ike_b=aes256gcm16-prfsha256-modp2048

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP and two idle phases, in which a does DPD; b is told not to.
T
}

scenario() {
    capture healthy-dpd-one-sided m:ma pcapng
    up
    ping_for a 5 1
    event "idle"
    sleep 26
    ping_for b 4 1
    event "idle"
    sleep 14
    ping_for a 4 1
}

expected() {
    tunnel_record established
    finding_record dpd-one-sided ',"severity":"note"'
}
