# The ESP proposals differ, libreswan as responder.
keys=yes
peer_b=libreswan
esp_b=aes128gcm16

about() {
    cat <<'T'
IKEv2: the IKE SA comes up, but b (libreswan) accepts only AES-GCM for ESP where a offers AES-CBC with
HMAC-SHA256: NO_PROPOSAL_CHOSEN in the IKE_AUTH response, no Child SA, no ESP.
T
}

scenario() {
    capture libreswan-child-refused m:ma pcapng
    up
    sleep 8
    event "a asks for the Child SA again"
    swan a --initiate --child net || true
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"established","nat":"none"}
{"type":"finding","id":"child-not-established","severity":"error","tunnel":1,"keyed":{"id":"child-proposal-mismatch","peer_to_check":{"address":"@b@"},"provenance":"decrypted"}}
J
}
