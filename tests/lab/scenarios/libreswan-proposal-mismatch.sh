# libreswan accepts none of the proposals of strongSwan.
peer_b=libreswan
ike_b=aes128-sha1-modp4096

about() {
    cat <<'T'
IKEv2: a (strongSwan) offers aes256-sha256-modp2048, b (libreswan) accepts only aes128-sha1-modp4096.
T
}

scenario() {
    capture libreswan-proposal-mismatch m:ma pcap
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2,"state":"failed"}
{"type":"finding","id":"ike-proposal-mismatch","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
