# The Delete after a rekey is lost on its way.
ike_a=aes256gcm16-prfsha256-modp2048
ike_b=aes256gcm16-prfsha256-modp2048
esp_a=aes256gcm16
esp_b=aes256gcm16
retransmit_timeout=4
keys=yes

about() {
    cat <<'T'
An IKEv2 tunnel (AES-GCM) with raw ESP; a rekeys the Child SA, and a filter on m, in front of the
capture, drops INFORMATIONAL messages from a: b does not hear that the old SA is deleted. a sends on
the new SPI, b keeps the old SA and sends on it. a still takes that, so that all pings are answered.
The view is between the filter and b.
T
}

scenario() {
    capture delete-missing m:mb pcapng
    up
    ping_start a 1
    sleep 6
    ike_drop m FORWARD 37 -s "$a"
    event "a rekeys the Child SA; m drops the Delete"
    swan a --rekey --child net
    sleep 30
    ping_stop a
}

expected() {
    tunnel_record established
    finding_record delete-missing
}
