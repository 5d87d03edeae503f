# Only the first fragment of large ESP packets passes.
esp_a=aes128gcm16
esp_b=aes128gcm16
uncounted=yes

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP (AES-GCM); small pings from a are answered. Large ones become ESP of
more than 1500 bytes, which a sends as two IP fragments, and a filter on m drops all fragments that
are not first ones: no large ping is answered.
T
    case $1 in
    *-a-side) echo "This is the view between a and the filter: complete packets from a, no answers." ;;
    *) echo "This is the view between the filter and b: first fragments alone." ;;
    esac
}

scenario() {
    m_drops -f
    capture esp-fragment-lost m:mb pcapng
    capture esp-fragment-lost-a-side m:ma pcap.gz
    up
    ping_start a 1
    sleep 4
    event "large packets"
    ip netns exec a ping -q -i 1 -c 15 -M dont -s 1472 -I "$inner_a" "$inner_b" >>/run/out/a.ping ||
        true
    sleep 2
    ping_stop a
}

expected() {
    tunnel_record established
    case $1 in
    *-a-side)
        finding_record esp-ip-fragmented ',"severity":"warning"'
        # That large packets alone get no answer may be seen from here, and rightly blamed.
        echo '{"type":"expect","max_other_severity":"error"}'
        ;;
    *) finding_record esp-fragment-lost ',"severity":"error"' ;;
    esac
}
