# libreswan wants perfect forward secrecy for the Child SA, strongSwan has none configured.
keys=yes
peer_b=libreswan
pfs_b=yes

about() {
    cat <<'T'
IKEv2: b (libreswan) is configured with PFS, a without. The first Child SA comes from IKE_AUTH, which
has no key exchange, and works. a's CREATE_CHILD_SA request to rekey it brings no KE payload and is
refused; the old SA goes on meanwhile.
T
}

scenario() {
    capture libreswan-pfs-mismatch m:ma pcap
    up
    ping_start a 2
    sleep 6
    event "a rekeys the Child SA"
    swan a --rekey --child net || true
    sleep 8
    event "a rekeys the Child SA"
    swan a --rekey --child net || true
    sleep 8
    ping_stop a
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"pfs-mismatch","severity":"error","tunnel":1,"keyed":{"provenance":"decrypted"}}
J
}
