# The NAT gives a a new port, b follows.
nat=yes
keep_alive=4s

about() {
    cat <<'T'
An IKEv2 tunnel through a NAT in front of a. After 10 s the NAT forgets its mappings and shows a's
port 4500 as another one from then on; b follows with ESP and IKE within a round trip, as RFC 7296,
2.23 wants it. Seen outside of the NAT.
T
}

scenario() {
    capture nat-mapping-changed m:ma pcapng
    up
    ping_start a 1
    sleep 10
    nat_remap 40000-40100
    event "the NAT maps a to another port"
    sleep 12
    ping_stop a
    event "idle"
    sleep 10
    ping_for b 4 1
}

expected() {
    tunnel_record_nat established
    finding_record nat-mapping-changed
}
