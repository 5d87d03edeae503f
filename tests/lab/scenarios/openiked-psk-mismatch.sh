# The pre-shared keys differ, OpenIKED as responder.
peer_b=openiked
esp_a=aes256gcm16
esp_b=aes256gcm16
iked_esp='childsa enc aes-256-gcm'
psk_b=another-secret

about() {
    cat <<'T'
IKEv2: the peers have different pre-shared keys. b (OpenIKED) refuses a's IKE_AUTH. a is started twice.
T
}

scenario() {
    capture openiked-psk-mismatch m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"failed","nat":"none"}
{"type":"finding","id":"auth-failed","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
