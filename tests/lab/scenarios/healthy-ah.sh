# A tunnel with AH instead of ESP.
esp_a='' esp_b=''
child_a='ah_proposals = sha256'
child_b='ah_proposals = sha256'

about() {
    cat <<'T'
A healthy IKEv2 tunnel with AH (protocol 51) in tunnel mode: traffic both ways, an idle phase with
DPD, a rekey.
T
}

scenario() {
    capture healthy-ah m:ma pcapng
    up
    ping_for a 6 1
    event "idle"
    sleep 9
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 6 1
}

expected() {
    tunnel_record established
}
