# Quick Mode messages do not reach b, IKEv1.
keys=yes
ike_version=1
# With Quick Mode under way a's daemon does not answer liveness checks.
dpd_delay_b=30s

about() {
    cat <<'T'
IKEv1: main mode succeeds, then b's host filter drops messages of exchange type 32, so a's first Quick
Mode message is sent four times in vain.
T
}

scenario() {
    capture qm-unanswered m:ma pcapng
    ike_drop b INPUT 32
    event "a initiates"
    swan a --initiate --child net --timeout 16 || event "a gives up soon"
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"nat":"none"}
{"type":"finding","id":"ikev1-qm-unanswered","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
