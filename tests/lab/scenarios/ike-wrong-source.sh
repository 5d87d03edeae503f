# b's answers come from another address than a asked.

about() {
    cat <<'T'
IKEv2: a asks 198.51.100.1; on the way back a source NAT on the router m turns b's answers into
198.51.100.77, which a's host filter does not let in.
T
}

scenario() {
    capture ike-wrong-source m:ma pcapng
    # Without notrack m would know the answer for one, and a NAT leaves answers alone.
    on m iptables-legacy -t raw -A PREROUTING -i ma -p udp -j CT --notrack
    on m iptables-legacy -t nat -A POSTROUTING -o ma -s "$b" -p udp -j SNAT --to-source 198.51.100.77
    on a iptables-legacy -A INPUT -s 198.51.100.77 -j DROP
    up
    sleep 1
}

expected() {
    cat <<'J'
{"type":"finding","id":"ike-wrong-source","severity":"error","peer_to_check":{"address":"@b@"}}
J
}
