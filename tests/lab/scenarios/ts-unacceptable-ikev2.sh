# The traffic selectors have nothing in common; IPv6, AES-GCM.
keys=yes
family=6
ike_a=aes256gcm16-prfsha256-curve25519
ike_b=$ike_a
esp_a=aes256gcm16
esp_b=aes256gcm16
child_b='local_ts = fd00:21::/64'

about() {
    cat <<'T'
IKEv2 over IPv6: a wants fd00:10::/64 === fd00:20::/64, b protects fd00:21::/64 instead. IKE_AUTH
sets up the IKE SA and refuses the Child SA with TS_UNACCEPTABLE in the same response; the IKE SA
stays, with liveness checks. a's second try, a CREATE_CHILD_SA exchange, is refused as well.
T
}

scenario() {
    capture ts-unacceptable-ikev2 m:ma pcapng
    up
    sleep 6
    up
    sleep 7
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"established","nat":"none"}
{"type":"finding","id":"child-not-established","severity":"error","tunnel":1,"keyed":{"id":"ts-unacceptable","peer_to_check":{"address":"@b@"},"provenance":"decrypted"}}
J
}
