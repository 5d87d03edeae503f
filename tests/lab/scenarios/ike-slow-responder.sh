# b takes more than a second to answer IKE_AUTH.
retransmit_timeout=4
charon_b='receive_delay = 1800
    receive_delay_type = 35
    receive_delay_response = no'

about() {
    cat <<'T'
IKEv2: b takes 1.8 s to answer IKE_AUTH, as a gateway does that asks another server first; a waits
patiently, nothing is sent twice, and the tunnel works.
T
}

scenario() {
    capture ike-slow-responder m:ma pcapng
    up
    ping_for a 4 1
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"ike-slow-responder","severity":"note","tunnel":1}
J
}
