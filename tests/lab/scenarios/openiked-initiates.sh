# OpenIKED initiates, strongSwan answers.
peer_b=openiked
iked_mode=active
esp_a=aes256-sha384

about() {
    cat <<'T'
A healthy IKEv2 tunnel that OpenIKED (b) initiates with all its proposals and a key of group 31; a
(strongSwan) takes group 14 only, says so (INVALID_KE_PAYLOAD), and b tries again with it. Traffic, DPD,
a rekey by a, and b closes the tunnel in order.
T
}

scenario() {
    capture openiked-initiates m:ma pcapng
    event "b initiates"
    ikectl active
    sleep 2
    ping_for b 5 1
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for a 5 1
    event "idle"
    sleep 6
    event "b closes the tunnel"
    ikectl passive
    ikectl reset sa
    sleep 2
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"ike-dh-group-retry","severity":"note","tunnel":1}
J
}
