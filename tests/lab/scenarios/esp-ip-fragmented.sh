# ESP is larger than the path's MTU and gets fragmented.
esp_a=aes128gcm16
esp_b=aes128gcm16
uncounted=yes

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP (AES-GCM) over a path whose middle link takes 1300 bytes: small pings
fit, pings of 1400 bytes, which may be fragmented, become ESP packets that m and b cut into IP
fragments. All are answered. The view is on the narrow link.
T
}

scenario() {
    on m ip link set dev mb mtu 1300
    on b ip link set dev eth mtu 1300
    capture esp-ip-fragmented m:mb pcapng
    up
    ping_for a 6 1
    event "large packets"
    ip netns exec a ping -q -i 1 -c 12 -M dont -s 1372 -I "$inner_a" "$inner_b" >>/run/out/a.ping ||
        true
    ping_for a 4 1
}

expected() {
    tunnel_record established
    finding_record esp-ip-fragmented ',"severity":"warning"'
}
