# A tunnel through a NAT is idle and nobody keeps the mapping alive.
nat=yes
keep_alive=0
dpd_delay_a=0
dpd_delay_b=0

about() {
    cat <<'T'
An IKEv2 tunnel through a NAT in front of a; a is told not to send NAT keepalives and nobody does
DPD. The tunnel is idle for 75 s. This NAT is patient, so that traffic goes on afterwards; many
others forget a UDP mapping after 30 or 60 s.
T
}

scenario() {
    capture natt-keepalive-missing m:ma pcapng
    up
    ping_for a 6 1
    event "idle"
    sleep 75
    event "traffic again"
    ping_for a 6 1
}

expected() {
    tunnel_record_nat established
    finding_record natt-keepalive-missing ',"severity":"warning","peer_to_check":{"address":"@a_outside@"}'
}
