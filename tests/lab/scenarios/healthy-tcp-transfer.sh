# A TCP transfer with full-size packets.
esp_a=aes128gcm16
esp_b=aes128gcm16

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP (AES-GCM) over a path of 20 ms: small pings, and a TCP transfer of
30 kB from a in packets as large as they can be. Nothing is lost.
T
}

scenario() {
    ip netns exec b python3 /run/src/traffic.py serve "$inner_b" &
    _server=$!
    m_netem ma delay 20ms
    capture healthy-tcp-transfer m:ma pcap.gz
    up
    ping_start a 1
    sleep 4
    event "a transfers 30 kB"
    on a python3 /run/src/traffic.py send "$inner_a" "$inner_b" 30000 >>/run/out/traffic 2>&1 ||
        event "the transfer failed"
    kill -TERM "$_server"
    sleep 4
    ping_stop a
}

expected() {
    tunnel_record established
    echo '{"type":"finding","id":"esp-throughput","severity":"note","tunnel":1}'
}
