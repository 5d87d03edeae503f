# libreswan sends an unknown critical payload.
peer_b=libreswan

about() {
    cat <<'T'
b (libreswan, impaired) initiates with an unknown payload marked critical in its IKE_SA_INIT request; a
refuses it with UNSUPPORTED_CRITICAL_PAYLOAD.
T
}

scenario() {
    capture libreswan-critical-payload m:ma pcap
    whack --impair add-unknown-v2-payload-to:IKE_SA_INIT --impair unknown-v2-payload-critical
    event "b initiates"
    whack --initiate --asynchronous --name lab
    sleep 12
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2}
{"type":"finding","id":"ike-protocol-error","severity":"error","tunnel":1}
J
}
