# b accepts none of a's ESP proposals.
keys=yes
esp_b=aes128gcm16

about() {
    cat <<T
IKEv2: a offers $esp_a for the Child SA, b accepts only $esp_b. IKE_AUTH sets up the IKE SA and
refuses the Child SA with NO_PROPOSAL_CHOSEN in the same response; the IKE SA stays, with liveness
checks. a's second try, a CREATE_CHILD_SA exchange, is refused in the same way.
T
}

scenario() {
    capture child-proposal-mismatch-ikev2 m:ma pcapng
    up
    sleep 6
    up
    sleep 7
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"established","nat":"none"}
{"type":"finding","id":"child-not-established","severity":"error","tunnel":1,"keyed":{"id":"child-proposal-mismatch","peer_to_check":{"address":"@b@"},"provenance":"decrypted"}}
J
}
