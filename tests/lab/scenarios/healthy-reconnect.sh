# The tunnel is closed in order and made anew by the other side.
keys=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP; a closes it in order. 6 s later b initiates, and traffic goes on
with new SAs.
T
}

scenario() {
    capture healthy-reconnect m:ma pcap
    up
    ping_for a 6 1
    event "a closes the tunnel"
    swan a --terminate --ike lab
    sleep 6
    up b
    ping_for a 6 1
    event "idle"
    sleep 9
    ping_for b 4 1
}

expected() {
    tunnel_record
}
