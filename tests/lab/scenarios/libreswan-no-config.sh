# libreswan has no connection for the initiator.
peer_b=libreswan
pluto_right=203.0.113.9

about() {
    cat <<'T'
IKEv2: b (libreswan) is configured for another peer address and knows nothing of a: it refuses with
NO_PROPOSAL_CHOSEN, as for a proposal it does not like. a is started twice.
T
}

scenario() {
    capture libreswan-no-config m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2,"state":"failed"}
{"type":"finding","id":"ike-proposal-mismatch","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
