# A few packets come late by more than the replay window.
esp_a=aes128gcm16
esp_b=aes128gcm16

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP (AES-GCM), some 30 small pings a second from a. m, the router between
the peers, holds back 2 % of the packets to b for 4 s (netem): they come more than 64 numbers late,
and b, whose replay window is 32, drops them.
T
}

scenario() {
    capture esp-out-of-window m:mb pcap.gz
    up
    m_netem mb delay 4s reorder 98%
    event "m holds back some packets from a to b"
    ping_start a 0.015 0
    sleep 9
    ping_stop a
    sleep 4
}

expected() {
    tunnel_record established
    finding_record esp-out-of-window ',"peer_to_check":{"address":"@b@"}'
}
