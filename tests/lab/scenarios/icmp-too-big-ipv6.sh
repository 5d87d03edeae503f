# IPv6: a router says that ESP packets are too large, and the sender heeds it.
family=6
esp_a=aes128gcm16
esp_b=aes128gcm16

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP (AES-GCM) over IPv6 and a path whose link from m to b takes 1380 bytes. A
TCP transfer of 20 kB from a starts with full-size packets; m drops them and says so with ICMPv6 "packet
too big". a sends smaller ones and the transfer ends well.
T
}

scenario() {
    on m ip link set dev mb mtu 1380
    ip netns exec b python3 /run/src/traffic.py serve "$inner_b" &
    _server=$!
    capture icmp-too-big-ipv6 m:ma pcap
    up
    ping_for a 4 1
    event "a transfers 20 kB"
    on a python3 /run/src/traffic.py send "$inner_a" "$inner_b" 20000 >>/run/out/traffic 2>&1 ||
        event "the transfer failed"
    kill -TERM "$_server"
    ping_for a 4 1
}

expected() {
    tunnel_record established
    finding_record icmp-frag-needed ',"severity":"note"'
}
