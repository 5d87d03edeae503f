# Protocol 50 is dropped over IPv6, IKE is not.
family=6

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP over IPv6; a filter on m, the router between the peers, drops ESP in
both directions from the start. Both peers ping; DPD is answered. The view is between a and the
filter.
T
}

scenario() {
    on m ip6tables-legacy -A FORWARD -p esp -j DROP
    capture esp-blocked-ipv6 m:ma pcap
    event "m drops all ESP"
    up
    ping_start a 1
    ping_start b 1
    sleep 25
    ping_stop a
    ping_stop b
}

expected() {
    tunnel_record established
    finding_record esp-blocked
}
