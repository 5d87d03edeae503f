# The path loses UDP-encapsulated packets from b to a, through a NAT.
nat=yes
esp_a=aes128gcm16
esp_b=aes128gcm16

about() {
    cat <<'T'
An IKEv2 tunnel through a NAT in front of a, ESP in UDP (AES-GCM), and some 320 small pings from b, 20 a
second; m loses 8 % of the packets towards a (netem). The view is between the loss and
the NAT.
T
}

scenario() {
    capture esp-loss-udp m:ma pcap.gz
    up
    m_netem ma loss 8%
    event "m loses packets from b to a"
    ping_start b 0.05 0
    sleep 19
    ping_stop b
    on m tc qdisc del dev ma root
}

expected() {
    tunnel_record_nat established
    finding_record esp-loss ',"severity":"warning"'
}
