# ESP that does not encrypt.
esp_a=null-sha256
esp_b=null-sha256

about() {
    cat <<'T'
A working IKEv2 tunnel with raw ESP whose Child SA has NULL encryption (RFC 2410): the pings can be
read in the capture.
T
}

scenario() {
    capture healthy-null m:ma pcapng
    up
    ping_for a 12 1
    ping_for b 5 1
}

expected() {
    tunnel_record established
    finding_record esp-null
}
