# The NAT forgets an idle mapping and makes the same one again when a sends.
nat=yes
keep_alive=0
dpd_delay_a=0
dpd_delay_b=0

about() {
    cat <<'T'
An IKEv2 tunnel through a NAT in front of a that forgets a UDP mapping after 30 s without packets; a
sends no keepalives and nobody does DPD. After 45 idle seconds b pings for 12 s and gets no answer,
for the NAT drops what comes from outside without a mapping. Then a pings: that makes a mapping
to the same port and all works again. Seen outside of the NAT.
T
}

scenario() {
    capture nat-mapping-expired-same-port m:ma pcap
    on n sh -c 'echo 30 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout'
    on n sh -c 'echo 30 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream'
    on n iptables-legacy -A INPUT -i nm -j DROP
    up
    ping_for a 6 1
    event "idle"
    sleep 45
    event "b pings"
    ping_start b 1
    sleep 12
    event "a pings too"
    ping_for a 6 1
    ping_stop b
}

expected() {
    tunnel_record_nat established
    # Pings without an answer for 12 s may have other reasons.
    finding_record nat-mapping-expired ',"severity":"warning","confidence":"possible"'
}
