# The path duplicates packets.
esp_a=aes128gcm16
esp_b=aes128gcm16

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP (AES-GCM), ten small pings a second from a. m, the router between the
peers, sends one packet in ten twice to b, the copies some 10 to 80 ms apart (netem). b drops the
second one as a replay. The capture has the copies as b gets them; none is the capture's own.
T
}

scenario() {
    capture esp-duplicate m:mb pcapng
    up
    # Each copy is delayed on its own.
    m_netem mb delay 50ms 40ms duplicate 10%
    event "m duplicates packets from a to b"
    ping_start a 0.1 0
    sleep 20
    ping_stop a
}

expected() {
    tunnel_record established
    finding_record esp-replay-duplicate ',"severity":"warning"'
}
