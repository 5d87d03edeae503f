# b wants another DH group than a's first guess.
keys=yes
ike_a=aes256-sha256-ecp256-modp2048

about() {
    cat <<'T'
IKEv2: a offers ECP-256 and MODP-2048 and guesses the former; b accepts MODP-2048 only and says so
with INVALID_KE_PAYLOAD. a starts again with that group and the tunnel comes up.
T
}

scenario() {
    capture dh-group-retry m:ma pcapng
    up
    ping_for a 4 1
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"ike-dh-group-retry","severity":"note","tunnel":1}
J
}
