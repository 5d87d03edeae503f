# Reauthentication with a new tunnel first.
charon_extra='make_before_break = yes'
conn_a='reauth_time = 10s
        rand_time = 0
        over_time = 30s'

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP, four pings a second from a. a reauthenticates twice and makes
before it breaks: a whole new IKE SA with its Child SA, then the Delete of the old one. No packet is
lost.
T
}

scenario() {
    capture healthy-reauth-make-before-break m:ma pcap.gz
    up
    ping_start a 0.25
    sleep 24
    ping_stop a
}

expected() {
    tunnel_record
}
