# A healthy tunnel with ChaCha20-Poly1305.
keys=yes
ike_a=chacha20poly1305-prfsha256-x25519
ike_b=chacha20poly1305-prfsha256-x25519
esp_a=chacha20poly1305
esp_b=chacha20poly1305

about() {
    cat <<'T'
A healthy IKEv2 tunnel with ChaCha20-Poly1305 and Curve25519 for IKE, ChaCha20-Poly1305 for ESP.
T
}

scenario() {
    capture healthy-chacha m:ma pcap.gz
    up
    ping_for a 6 1
    event "idle"
    sleep 9
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 5 1
    event "idle"
    sleep 7
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
