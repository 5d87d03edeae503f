# a wants extended sequence numbers, b does not have them.
keys=yes
esp_a=aes256gcm16-esn
esp_b=aes256gcm16-noesn
ike_a=aes256gcm16-prfsha256-curve25519
ike_b=$ike_a

about() {
    cat <<'T'
IKEv2: a offers ESP with extended sequence numbers only, b takes none but ordinary ones. IKE_AUTH sets
up the IKE SA and refuses the Child SA with NO_PROPOSAL_CHOSEN; the IKE SA stays.
T
}

scenario() {
    capture child-proposal-mismatch-esn m:ma pcapng
    up
    sleep 12
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"established","nat":"none"}
{"type":"finding","id":"child-not-established","severity":"error","tunnel":1,"keyed":{"id":"child-proposal-mismatch","peer_to_check":{"address":"@b@"},"provenance":"decrypted"}}
J
}
