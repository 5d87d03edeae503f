# a speaks IKEv1 only, b IKEv2 only.
conn_a='version = 1'

about() {
    cat <<'T'
a is configured for IKEv1 only, b for IKEv2 only. a initiates with main mode, which b refuses with
NO-PROPOSAL-CHOSEN; then b initiates with IKE_SA_INIT, which a refuses with NO_PROPOSAL_CHOSEN.
T
}

scenario() {
    capture version-mismatch m:ma pcapng
    up
    sleep 6
    up b
    sleep 2
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"state":"failed"}
{"type":"finding","id":"ike-version-mismatch","severity":"error","tunnel":1}
J
}
