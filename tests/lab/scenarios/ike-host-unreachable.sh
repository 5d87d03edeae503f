# b is gone from its network, the last router says so.

about() {
    cat <<'T'
a initiates IKEv2, but b has lost its address: m, the last router before b, gets no answer to its ARP
requests and tells a "host unreachable" by ICMP.
T
}

scenario() {
    # Link stays, b does not answer ARP any more.
    on b ip link set dev eth arp off
    on b ip addr flush dev eth
    on m ip neigh flush dev mb
    capture ike-host-unreachable m:ma pcap
    up
    sleep 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2}
{"type":"finding","id":"ike-icmp-rejected","severity":"error","tunnel":1}
J
}
