# A firewall rejects protocol 50 and says so.
ike_a=aes256gcm16-prfsha256-modp2048
ike_b=aes256gcm16-prfsha256-modp2048
esp_a=aes256gcm16
esp_b=aes256gcm16

about() {
    cat <<'T'
An IKEv2 tunnel (AES-GCM) with raw ESP over a path that passes UDP but not protocol 50: m, the router
between the peers, rejects ESP from the start with ICMP "communication administratively prohibited".
a pings in vain; DPD is answered.
T
}

scenario() {
    on m iptables-legacy -A FORWARD -p esp -j REJECT --reject-with icmp-admin-prohibited
    capture esp-icmp-rejected m:ma pcapng
    event "m rejects all ESP"
    up
    ping_for a 22 1
}

expected() {
    tunnel_record established
    finding_record esp-icmp-rejected
}
