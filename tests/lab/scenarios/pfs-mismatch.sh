# a wants perfect forward secrecy for the Child SA, b has none configured.
keys=yes
esp_a=aes256-sha256-modp2048
child_a='
                rekey_time = 8s
                rand_time = 0
                life_time = 26s'

about() {
    cat <<'T'
IKEv2: a is configured for ESP with DH group 14, b without. The first Child SA comes from IKE_AUTH,
which has no key exchange, and works. a's CREATE_CHILD_SA requests to rekey it bring a KE payload and
are refused with NO_PROPOSAL_CHOSEN; the Child SA ends with its lifetime, 26 s, and traffic with it.
T
}

scenario() {
    capture pfs-mismatch m:ma pcapng
    up
    ping_start a 2
    sleep 34
    ping_stop a
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"pfs-mismatch","severity":"error","tunnel":1,"keyed":{"provenance":"decrypted"}}
J
}
