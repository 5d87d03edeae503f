# libreswan initiates, strongSwan answers.
peer_b=libreswan
family=6
ike_a=aes256gcm16-prfsha256-ecp256
ike_b=$ike_a
esp_a=aes256gcm16
esp_b=$esp_a

about() {
    cat <<'T'
A healthy IKEv2 tunnel (AES-GCM, IPv6) that libreswan (b) initiates towards strongSwan (a): traffic,
DPD, a rekey by each side, and b closes it in order.
T
}

scenario() {
    capture libreswan-initiates m:ma pcapng
    event "b initiates"
    whack --initiate --name lab
    ping_for b 5 1
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for a 5 1
    event "idle"
    sleep 9
    event "b rekeys the Child SA"
    whack --rekey-ipsec --name lab
    ping_for a 5 1
    event "b closes the tunnel"
    whack --terminate --name lab
    sleep 2
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"closed","nat":"none"}
J
}
