# The Delete after a rekey is lost once and sent again.
ike_a=aes256gcm16-prfsha256-modp2048
ike_b=aes256gcm16-prfsha256-modp2048
esp_a=aes256gcm16
esp_b=aes256gcm16

about() {
    cat <<'T'
A healthy IKEv2 tunnel (AES-GCM) with raw ESP under traffic; a rekeys the Child SA, and the first
sending of the Delete is lost on m, in front of the capture: b goes on sending on the old SPI until the
Delete comes a little later. The view is between the loss and b.
T
}

scenario() {
    capture healthy-delete-late m:mb pcapng
    up
    ping_start a 1
    sleep 6
    ike_drop m FORWARD 37 -s "$a"
    event "a rekeys the Child SA; m drops the Delete once"
    swan a --rekey --child net
    sleep 1
    on m iptables-legacy -F FORWARD
    sleep 14
    ping_stop a
    event "idle"
    sleep 6
}

expected() {
    tunnel_record established
}
