# The first guess of the rekey's DH group is refused, the second is taken.
keys=yes
esp_a=aes256-sha256-ecp256-modp2048
esp_b=aes256-sha256-modp2048

about() {
    cat <<'T'
A healthy IKEv2 tunnel: a offers two DH groups for the rekey of the Child SA and guesses the one that b
does not take; b says which with INVALID_KE_PAYLOAD, a asks again, and the rekey succeeds.
T
}

scenario() {
    capture healthy-pfs-retry m:ma pcapng
    up
    ping_for a 3 1
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 3 1
    sleep 6
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
