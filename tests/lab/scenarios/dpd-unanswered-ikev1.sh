# b vanishes while an IKEv1 tunnel is idle.
keys=yes
ike_version=1

about() {
    cat <<'T'
An IKEv1 tunnel with raw ESP: traffic, then idle with answered DPD (R-U-THERE); then b vanishes
(daemon killed, host silent). a sends R-U-THERE again and again, each with a new message ID, until
its DPD timeout of 14 s is over.
T
}

scenario() {
    capture dpd-unanswered-ikev1 m:ma pcap
    up
    ping_for a 6 1
    event "idle"
    sleep 12
    peer_vanishes b
    event "b vanishes"
    sleep 26
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"dpd-unanswered","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"},"keyed":{"confidence":"certain","provenance":"decrypted"}}
J
}
