# A filter on the way refuses IKE and says so.
family=6

about() {
    cat <<'T'
a initiates IKEv2 over IPv6; m, the router between the peers, refuses UDP port 500 with ICMPv6
"administratively prohibited". Nothing comes from b itself.
T
}

scenario() {
    capture ike-icmp-prohibited m:ma pcapng
    event "m refuses port 500"
    on m ip6tables-legacy -A FORWARD -p udp --dport 500 -j REJECT --reject-with icmp6-adm-prohibited
    up
    sleep 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2}
{"type":"finding","id":"ike-icmp-rejected","severity":"error","tunnel":1}
J
}
