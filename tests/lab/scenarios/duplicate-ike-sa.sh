# a initiates the same tunnel twice, and nobody minds.
charon_extra='reuse_ikesa = no'
conn_a='unique = never'
conn_b='unique = never'

about() {
    cat <<'T'
a initiates the same IKEv2 tunnel twice, 8 s apart, and both daemons are told not to replace older
IKE SAs: two IKE SAs, each with a Child SA for the same networks, live on beside each other. Traffic
is answered; DPD goes on for both.
T
}

scenario() {
    capture duplicate-ike-sa m:ma pcapng
    up
    ping_for a 8 1
    event "a initiates again"
    swan a --initiate --child net
    ping_for a 8 1
    event "idle"
    sleep 14
    ping_for b 5 1
}

expected() {
    tunnel_record established
    finding_record duplicate-ike-sa ',"severity":"warning"'
}
