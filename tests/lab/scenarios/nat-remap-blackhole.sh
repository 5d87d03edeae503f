# The NAT gives a a new port, b's ESP goes on to the old one.
nat=yes
keep_alive=4s

about() {
    cat <<'T'
An IKEv2 tunnel through a NAT in front of a. In a pause the NAT maps a's port 4500 to another one. b
answers IKE on the new port, but its outbound SA is left with the old port (set back by hand): a
pings from the new port, and b's answers go to the old one, where the NAT drops them. DPD goes on
well. Seen outside of the NAT.
T
}

scenario() {
    capture nat-remap-blackhole m:ma pcapng
    # A port that the NAT does not know: most say nothing.
    on n iptables-legacy -A INPUT -i nm -j DROP
    up
    ping_for a 10 1
    nat_remap 40000-40100
    event "the NAT maps a to another port"
    sleep 7
    sa_edit b "$b" "$a_outside" encap espinudp 4500 4500 0.0.0.0
    event "b sends ESP to the old port"
    ping_for a 25 1
}

expected() {
    tunnel_record_nat established
    finding_record nat-remap-blackhole ',"severity":"error","peer_to_check":{"address":"@b@"}'
}
