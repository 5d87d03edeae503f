# UDP port 500 does not reach b's daemon; the host b is alive.

about() {
    cat <<'T'
a initiates IKEv2; b's host filter drops UDP port 500 silently. b answers a's pings (outside of any
tunnel) before and afterwards: the host is alive and both directions are captured.
T
}

scenario() {
    capture no-response m:ma pcap
    on b iptables-legacy -A INPUT -p udp --dport 500 -j DROP
    event "a pings b's outer address"
    on a ping -q -c 3 "$b" >/dev/null
    up
    event "a pings b's outer address"
    on a ping -q -c 3 "$b" >/dev/null
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2}
{"type":"finding","id":"ike-no-response","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
