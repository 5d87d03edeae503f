# Protocol 50 is dropped from b to a from the start, IKE is not.
ike_a=aes256gcm16-prfsha256-modp2048
ike_b=aes256gcm16-prfsha256-modp2048
esp_a=aes256gcm16
esp_b=aes256gcm16

about() {
    cat <<'T'
An IKEv2 tunnel (AES-GCM) with raw ESP; a filter on m, the router between the peers, drops ESP from
b to a from the start. a pings and b answers in vain; DPD from a is answered.
T
    case $1 in
    *-b-side) echo "This is the view between b and the filter: nothing is missing here, both directions flow." ;;
    *) echo "This is the view between a and the filter: no ESP from b, ever." ;;
    esac
}

scenario() {
    m_drops -s "$b" -p esp
    capture esp-blocked-one-way m:ma pcap.gz
    capture esp-blocked-one-way-b-side m:mb pcapng
    event "m drops ESP from b to a"
    up
    ping_for a 25 1
}

expected() {
    tunnel_record established
    case $1 in
    *-b-side) ;;
    *) finding_record esp-blocked ',"peer_to_check":{"address":"@b@"}' ;;
    esac
}
