# libreswan drops the DPD requests as damaged.
peer_b=libreswan
dpd_delay_b=0s

about() {
    cat <<'T'
IKEv2: the tunnel works, then falls idle. From then on b (libreswan, impaired: corrupt-encrypted) finds
each IKE message damaged and drops it silently: a's DPD request goes unanswered and a gives up.
T
}

scenario() {
    capture libreswan-dpd-undecryptable m:ma pcap
    up
    ping_for a 5 1
    event "b drops encrypted IKE messages as damaged"
    whack --impair corrupt-encrypted
    sleep 28
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"dpd-unanswered","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
