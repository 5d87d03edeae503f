# A router says that ESP packets are too large, and the sender heeds it.
esp_a=aes128gcm16
esp_b=aes128gcm16

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP (AES-GCM) over a path whose link from m to b takes 1300 bytes. A TCP
transfer of 40 kB from a starts with full-size packets that may not be fragmented; m drops them and
says so with ICMP "fragmentation needed". a sends smaller ones and the transfer ends well.
T
}

scenario() {
    on m ip link set dev mb mtu 1300
    ip netns exec b python3 /run/src/traffic.py serve "$inner_b" &
    _server=$!
    capture icmp-frag-needed m:ma pcapng
    up
    ping_for a 4 1
    event "a transfers 40 kB"
    on a python3 /run/src/traffic.py send "$inner_a" "$inner_b" 40000 >>/run/out/traffic 2>&1 ||
        event "the transfer failed"
    kill -TERM "$_server"
    ping_for a 4 1
}

expected() {
    tunnel_record established
    finding_record icmp-frag-needed ',"severity":"note"'
}
