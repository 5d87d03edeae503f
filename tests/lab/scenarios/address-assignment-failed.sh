# a asks for a virtual IP address, b has none to give.
keys=yes
conn_a='vips = 0.0.0.0'
child_a='local_ts = dynamic'

about() {
    cat <<'T'
IKEv2: a asks for an inner address in IKE_AUTH, but b has no pool to take one from; b sets up the
IKE SA and answers INTERNAL_ADDRESS_FAILURE in place of the Child SA. The IKE SA stays, with liveness
checks.
T
}

scenario() {
    capture address-assignment-failed m:ma pcapng
    up
    sleep 10
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"established","nat":"none"}
{"type":"finding","id":"child-not-established","severity":"error","tunnel":1,"keyed":{"id":"address-assignment-failed","peer_to_check":{"address":"@b@"},"provenance":"decrypted"}}
J
}
