# strongSwan and OpenIKED: a healthy IKEv2 tunnel.
peer_b=openiked
esp_a=aes256-sha384
iked_lifetime=30

about() {
    cat <<'T'
A healthy IKEv2 tunnel between strongSwan (a) and OpenIKED (b) with raw ESP (AES-CBC with HMAC-SHA384): traffic, idle
phases with DPD, a rekey of the Child SA by a, one by b as its lifetime of 30 s ends, a rekey of the
IKE SA by a. It is still up at the end.
T
}

scenario() {
    capture healthy-openiked m:ma pcapng
    up
    ping_for a 5 1
    event "idle"
    sleep 9
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_start b 1
    sleep 32
    ping_stop b
    event "a rekeys the IKE SA"
    swan a --rekey --ike lab
    ping_for a 4 1
    event "idle"
    sleep 9
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"vid-fingerprint","severity":"note","tunnel":1}
J
}
