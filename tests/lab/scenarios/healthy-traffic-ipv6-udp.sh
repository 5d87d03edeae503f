# ESP in UDP over IPv6.
family=6
encap=yes
ike_a=aes256gcm16-prfsha256-modp2048
ike_b=aes256gcm16-prfsha256-modp2048
esp_a=aes256gcm16
esp_b=aes256gcm16
keys=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel over IPv6 with UDP encapsulation forced on both sides, no NAT: traffic, an
idle phase, a rekey.
T
}

scenario() {
    capture healthy-traffic-ipv6-udp m:ma pcapng
    up
    ping_for a 6 1
    event "idle"
    sleep 9
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 6 1
}

expected() {
    echo '{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2,"encapsulation":"udp","state":"established"}'
}
