# The path loses packets from a to b.
esp_a=aes128gcm16
esp_b=aes128gcm16

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP (AES-GCM) and some 350 small pings from a, 20 a second. m, the router
between the peers, loses 6 % of what goes from a to b (netem); nothing is lost from b to a.
T
    case $1 in
    *-upstream) echo "This is the view between a and the loss: there is none here." ;;
    *) echo "This is the view between the loss and b." ;;
    esac
}

scenario() {
    capture esp-loss m:mb pcap.gz
    capture esp-loss-upstream m:ma pcap.gz
    up
    m_netem mb loss 6%
    event "m loses packets from a to b"
    ping_start a 0.05 0
    sleep 20
    ping_stop a
}

expected() {
    tunnel_record established
    case $1 in
    *-upstream) ;;
    *) finding_record esp-loss ',"severity":"warning"' ;;
    esac
}
