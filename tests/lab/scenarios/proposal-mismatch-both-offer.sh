# No common IKE proposal; each side offers its own once.
ike_b=aes256-sha256-ecp256

about() {
    cat <<T
IKEv2: a offers $ike_a, b $ike_b: only the DH group differs. a initiates and is refused with
NO_PROPOSAL_CHOSEN; then b initiates and a refuses it too.
T
}

scenario() {
    capture proposal-mismatch-both-offer m:ma pcapng
    up
    sleep 6
    up b
    sleep 2
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2,"state":"failed"}
{"type":"finding","id":"ike-proposal-mismatch","severity":"error","tunnel":1}
J
}
