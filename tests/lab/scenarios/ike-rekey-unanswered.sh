# The rekey of the IKE SA is not answered.
ike_a=aes256gcm16-prfsha256-modp2048
ike_b=aes256gcm16-prfsha256-modp2048
esp_a=aes256gcm16
esp_b=aes256gcm16
keys=yes

about() {
    cat <<'T'
An IKEv2 tunnel (AES-GCM) with raw ESP; a rekeys the IKE SA, and a filter on m, behind the capture, drops
its CREATE_CHILD_SA requests, four in all. ESP goes on meanwhile; then a gives up the IKE SA and its Child
SA with it, and stops sending.
T
}

scenario() {
    capture ike-rekey-unanswered m:ma pcapng
    up
    ping_start a 1
    sleep 5
    ike_drop m FORWARD 36 -s "$a"
    event "a rekeys the IKE SA, which m drops"
    swan a --rekey --ike lab
    sleep 20
    ping_stop a
}

expected() {
    tunnel_record
    finding_record rekey-failed ',"severity":"error","peer_to_check":{"address":"@b@"}'
}
