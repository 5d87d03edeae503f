# b accepts none of a's ESP proposals, IKEv1.
keys=yes
ike_version=1
esp_b=3des-sha1

about() {
    cat <<T
IKEv1: a offers $esp_a for phase 2, b accepts only $esp_b. b answers the first Quick Mode message
with an encrypted Informational, NO-PROPOSAL-CHOSEN. The ISAKMP SA stays; a tries twice.
T
}

scenario() {
    capture child-proposal-mismatch-ikev1 m:ma pcap
    up
    sleep 6
    up
    sleep 7
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"state":"established","nat":"none"}
{"type":"finding","id":"child-not-established","severity":"error","tunnel":1,"keyed":{"id":"child-proposal-mismatch","peer_to_check":{"address":"@b@"},"provenance":"decrypted"}}
J
}
