# A healthy tunnel with 3DES and HMAC-SHA1.
keys=yes
ike_a=3des-sha1-modp2048
ike_b=3des-sha1-modp2048
esp_a=3des-sha1
esp_b=3des-sha1

about() {
    cat <<'T'
A healthy IKEv2 tunnel with 3DES, HMAC-SHA1-96 and MODP-2048 for IKE, 3DES and HMAC-SHA1-96 for ESP.
T
}

scenario() {
    capture healthy-3des m:ma pcapng
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
{"type":"finding","id":"weak-ike-crypto","severity":"note","tunnel":1}
{"type":"finding","id":"no-pfs","severity":"note","tunnel":1}
{"type":"finding","id":"weak-esp-crypto","severity":"note","tunnel":1,"only":"keyed"}
J
}
