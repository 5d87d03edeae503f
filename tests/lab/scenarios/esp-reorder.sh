# Some packets overtake others by a few numbers.
esp_a=aes128gcm16
esp_b=aes128gcm16

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP (AES-GCM), 50 small pings a second from a. m, the router between the
peers, delays what goes to b by 50 ms, but lets one packet in ten pass at once (netem): it overtakes
two or three others. A replay window of 32 holds that easily; nothing is lost.
T
}

scenario() {
    capture esp-reorder m:mb pcap.gz
    up
    m_netem mb delay 50ms reorder 10%
    event "m delays and reorders packets from a to b"
    ping_start a 0.02 0
    sleep 6
    ping_stop a
    on m tc qdisc del dev mb root
}

expected() {
    tunnel_record established
    finding_record esp-reorder
}
