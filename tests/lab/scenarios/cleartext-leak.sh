# After the tunnel is closed its packets go on in clear.
keys=yes

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP between gateways that also have ordinary routes to each other's inner
networks. a pings; then a closes the tunnel, and the pings and their answers go on in clear.
T
}

scenario() {
    inner_routes
    on m ip route add "$net_b" via "$b"
    on m ip route add "$net_a" via "$a"
    capture cleartext-leak m:ma pcapng
    up
    ping_start a 1
    sleep 10
    event "a closes the tunnel"
    swan a --terminate --ike lab
    sleep 12
    ping_stop a
}

expected() {
    # An IKE message of that length may be a Delete or a liveness check.
    tunnel_record
    finding_record cleartext-leak
}
