# Large packets vanish on a narrow link, and nobody says so.
esp_a=aes128gcm16
esp_b=aes128gcm16

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP (AES-GCM) over a path whose link from m to b takes 1300 bytes; m drops
larger packets and does not say so, for its ICMP is filtered. Pings and the start of a TCP connection
pass; a's full-size packets are sent again and again in vain and the transfer hangs.
T
    case $1 in
    *-b-side) echo "This is the view between the narrow link and b: small packets, and gaps in the numbers." ;;
    *) echo "This is the view between a and the narrow link." ;;
    esac
}

scenario() {
    on m ip link set dev mb mtu 1300
    on m iptables-legacy -A OUTPUT -p icmp -j DROP
    ip netns exec b python3 /run/src/traffic.py serve "$inner_b" &
    _server=$!
    capture pmtu-blackhole m:ma pcapng
    capture pmtu-blackhole-b-side m:mb pcap.gz
    up
    ping_start a 1
    sleep 4
    event "a transfers 40 kB"
    on a python3 /run/src/traffic.py send "$inner_a" "$inner_b" 40000 >>/run/out/traffic 2>&1 ||
        event "the transfer failed"
    kill -TERM "$_server"
    ping_stop a
}

expected() {
    tunnel_record established
    case $1 in
    # What the narrow link drops is missing here.
    *-b-side) finding_record esp-loss ',"severity":"warning"' ;;
    *) finding_record pmtu-blackhole ',"severity":"error"' ;;
    esac
}
