# a sends NAT keepalives to a peer that is gone.
nat=yes
keep_alive=5s
dpd_delay_a=0
dpd_delay_b=0

about() {
    cat <<'T'
An IKEv2 tunnel through a NAT in front of a, without DPD. b vanishes in an idle phase; a does not
notice and goes on with a NAT keepalive every 5 s, to which nobody ever answers. Seen outside of the
NAT.
T
}

scenario() {
    capture natt-keepalive-only m:ma pcapng
    up
    ping_for a 5 1
    event "idle"
    sleep 6
    peer_vanishes b
    event "b vanishes"
    sleep 90
}

expected() {
    tunnel_record_nat
    # A keepalive asks for no answer: a dead peer and an idle one look the same.
    echo '{"type":"expect","max_other_severity":"warning"}'
}
