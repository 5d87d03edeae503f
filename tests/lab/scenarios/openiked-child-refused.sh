# OpenIKED accepts none of a's ESP proposals and refuses the IKE SA with it.
keys=yes
peer_b=openiked
esp_a=aes256gcm16

about() {
    cat <<'T'
IKEv2: a offers AES-GCM for the Child SA, which OpenIKED's Linux port (b) cannot install. b answers
IKE_AUTH with nothing but NO_PROPOSAL_CHOSEN and gives up the IKE SA too: without keys that looks like
a refused authentication. a is started twice.
T
}

scenario() {
    capture openiked-child-refused m:ma pcap
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"auth-failed","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"},"keyed":{"id":"child-proposal-mismatch","provenance":"decrypted"}}
J
}
