# libreswan speaks IKEv1 only, strongSwan IKEv2 only.
peer_b=libreswan
ike_version_b=1
ike_a=aes256-sha256-modp2048

about() {
    cat <<'T'
a (strongSwan) is configured for IKEv2 only, b (libreswan) for IKEv1 only. a initiates twice, then b
initiates.
T
}

scenario() {
    capture libreswan-ikev1-only m:ma pcap
    up
    sleep 4
    up
    sleep 4
    event "b initiates"
    whack --initiate --asynchronous --name lab
    sleep 10
}

expected() {
    cat <<'J'
{"type":"finding","id":"ike-version-mismatch","severity":"error","tunnel":1}
J
}
