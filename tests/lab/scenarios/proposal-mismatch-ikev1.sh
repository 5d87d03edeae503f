# b accepts none of a's IKE proposals.
ike_version=1
ike_b=aes128gcm16-prfsha384-ecp384
[ $ike_version = 2 ] || ike_b=3des-sha1-modp1024

about() {
    cat <<T
IKEv1: a offers $ike_a, b accepts only $ike_b. b refuses with
NO_PROPOSAL_CHOSEN. a is started twice.
T
}

scenario() {
    capture proposal-mismatch-ikev1 m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":1,"state":"failed"}
{"type":"finding","id":"ike-proposal-mismatch","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
