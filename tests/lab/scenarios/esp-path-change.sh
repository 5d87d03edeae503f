# The path gets longer in the middle of the session.

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP; after 10 s the packets from a to b arrive with a TTL that is
lower by 3, as when a route changes. Nothing is lost.
T
}

scenario() {
    capture esp-path-change m:mb pcapng
    up
    ping_start a 1
    sleep 10
    on m iptables-legacy -t mangle -A FORWARD -s "$a" -j TTL --ttl-dec 3
    event "the path gets longer"
    sleep 12
    ping_stop a
}

expected() {
    tunnel_record established
    finding_record esp-path-change ',"severity":"note"'
}
