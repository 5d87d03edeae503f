# Both want perfect forward secrecy, with different groups; AES-GCM.
keys=yes
ike_a=aes256gcm16-prfsha256-curve25519
ike_b=$ike_a
esp_a=aes256gcm16-ecp256
esp_b=aes256gcm16-modp2048
child_b='
                rekey_time = 7s
                rand_time = 0
                life_time = 24s'

about() {
    cat <<'T'
IKEv2: a is configured for ESP with ECP-256, b with MODP-2048. The first Child SA, of IKE_AUTH, has no
key exchange and works. b's requests to rekey it are refused with NO_PROPOSAL_CHOSEN until its
lifetime, 24 s, is over; then traffic ends.
T
}

scenario() {
    capture pfs-mismatch-groups m:ma pcap
    up
    ping_start b 2
    sleep 30
    ping_stop b
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"pfs-mismatch","severity":"error","tunnel":1,"keyed":{"provenance":"decrypted"}}
J
}
