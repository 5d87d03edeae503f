# UDP port 500 does not reach b's daemon, IKEv1; the host b is alive.
ike_version=1

about() {
    cat <<'T'
a initiates IKEv1 main mode; b's host filter drops UDP port 500 silently. b answers a's pings (outside
of any tunnel) before and afterwards: the host is alive and both directions are captured.
T
}

scenario() {
    capture no-response-ikev1 m:ma pcap.gz
    on b iptables-legacy -A INPUT -p udp --dport 500 -j DROP
    event "a pings b's outer address"
    on a ping -q -c 2 "$b" >/dev/null
    up
    event "a pings b's outer address"
    on a ping -q -c 2 "$b" >/dev/null
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":1}
{"type":"finding","id":"ike-no-response","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
