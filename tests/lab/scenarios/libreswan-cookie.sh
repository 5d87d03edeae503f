# libreswan under load asks for a cookie.
peer_b=libreswan

about() {
    cat <<'T'
A healthy IKEv2 tunnel: b (libreswan, told to be busy) answers the first IKE_SA_INIT with a COOKIE and a
repeats the request with it.
T
}

scenario() {
    capture libreswan-cookie m:ma pcap.gz
    whack --ddos-busy
    up
    ping_for a 5 1
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"ike-dos-cookie","severity":"note","tunnel":1}
J
}
