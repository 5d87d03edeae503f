# b sends a to another gateway.
keys=yes
conn_b='local_addrs = %any'

about() {
    cat <<'T'
IKEv2: the tunnel is up and works, then b redirects a to 198.51.100.2 (RFC 5685), which is b's as
well. a's IKE_SA_INIT there says whence it comes (REDIRECTED_FROM, in clear); traffic goes on.
T
}

scenario() {
    on b ip addr add 198.51.100.2/24 dev eth
    on a ip route add 198.51.100.2 via "$ma"
    capture redirected m:ma pcapng
    up
    ping_start a 1
    sleep 4
    event "b redirects a to 198.51.100.2"
    swan b --redirect --ike lab --gateway 198.51.100.2
    sleep 8
    ping_stop a
    sleep 5
}

expected() {
    cat <<'J'
{"type":"finding","id":"redirected","severity":"note"}
J
}
