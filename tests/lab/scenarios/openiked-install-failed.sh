# OpenIKED agrees to an algorithm that it cannot install and drops its SA.
keys=yes
peer_b=openiked
iked_esp='childsa enc aes-256 auth hmac-sha2-256'

about() {
    cat <<'T'
IKEv2: b (OpenIKED, its Linux port) agrees to AES-CBC with HMAC-SHA256 for ESP but its kernel interface
cannot install it: b sends a normal IKE_AUTH response and drops both SAs at once. a sends ESP and DPD
in vain; b says nothing any more.
T
}

scenario() {
    capture openiked-install-failed m:ma pcapng
    up
    ping_for a 15 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"peer-dead-esp-continues","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
