# No daemon listens on b.

about() {
    cat <<'T'
a initiates IKEv2, but b's daemon does not run: b's kernel answers each of a's four IKE_SA_INIT with
ICMP port unreachable.
T
}

scenario() {
    capture ike-icmp-rejected m:ma pcapng
    daemon_kill b
    sleep 1
    up
    sleep 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2}
{"type":"finding","id":"ike-icmp-rejected","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
