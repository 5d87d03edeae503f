# Extended sequence numbers.
esp_a=aes128gcm16-esn
esp_b=aes128gcm16-esn
keys=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP (AES-GCM) and extended sequence numbers; traffic, a rekey.
T
}

scenario() {
    capture healthy-esn m:ma pcapng
    up
    ping_for a 6 1
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 6 1
}

expected() {
    tunnel_record established
}
