# The proxy identities do not match, IKEv1.
keys=yes
ike_version=1
child_b='local_ts = 10.21.0.0/24'

about() {
    cat <<'T'
IKEv1: a wants 10.10.0.0/24 === 10.20.0.0/24 in Quick Mode, b protects 10.21.0.0/24 instead and
answers with an encrypted Informational, INVALID-ID-INFORMATION. The ISAKMP SA stays; a tries twice.
T
}

scenario() {
    capture ts-unacceptable-ikev1 m:ma pcapng
    up
    sleep 6
    up
    sleep 7
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"state":"established","nat":"none"}
{"type":"finding","id":"child-not-established","severity":"error","tunnel":1,"keyed":{"id":"ts-unacceptable","peer_to_check":{"address":"@b@"},"provenance":"decrypted"}}
J
}
