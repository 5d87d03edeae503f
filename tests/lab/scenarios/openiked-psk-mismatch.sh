# The pre-shared keys differ, OpenIKED as responder.
peer_b=openiked
esp_a=aes256-sha384
psk_b=another-secret

about() {
    cat <<'T'
IKEv2: the peers have different pre-shared keys. b (OpenIKED) refuses a's IKE_AUTH with
the single notify AUTHENTICATION_FAILED (encrypted). a is started twice.
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
