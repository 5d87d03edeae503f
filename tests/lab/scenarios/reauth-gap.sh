# Reauthentication breaks the tunnel before it makes a new one, over a slow path.
conn_a='reauth_time = 14s
        rand_time = 0
        over_time = 30s'
retransmit_timeout=6

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP over a path of 600 ms each way, four pings a second from a. a
reauthenticates by breaking before making: it deletes the IKE SA and only then starts with a new
IKE_SA_INIT. No traffic passes for more than 3 s, then all is well with the new SAs.
T
}

scenario() {
    capture reauth-gap m:ma pcapng
    event "a initiates"
    m_netem ma delay 600ms
    m_netem mb delay 600ms
    swan a --initiate --child net
    ping_start a 0.25
    sleep 23
    ping_stop a
}

expected() {
    tunnel_record
    finding_record rekey-gap ',"severity":"warning"'
}
