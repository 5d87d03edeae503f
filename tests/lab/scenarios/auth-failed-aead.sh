# The pre-shared keys differ; IPv6, AES-GCM.
keys=yes
family=6
psk_b=another-secret
ike_a=aes256gcm16-prfsha384-ecp384
ike_b=$ike_a

about() {
    cat <<'T'
IKEv2 over IPv6 with AES-GCM: the peers have different pre-shared keys. b answers a's IKE_AUTH with the
single notify AUTHENTICATION_FAILED (encrypted). a is started twice.
T
}

scenario() {
    capture auth-failed-aead m:mb pcap
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"failed","nat":"none"}
{"type":"finding","id":"auth-failed","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"},"keyed":{"confidence":"certain","provenance":"decrypted"}}
J
}
