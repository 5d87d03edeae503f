# Protocol 50 is dropped in both directions from the start, IKE is not.

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP over a path that passes UDP but not protocol 50: a filter on m, the
router between the peers, drops ESP in both directions from the start. Both peers ping; DPD from
both is answered.
T
    case $1 in
    *-b-side) echo "This is the view between b and the filter: ESP from b alone." ;;
    *) echo "This is the view between a and the filter: ESP from a alone." ;;
    esac
}

scenario() {
    m_drops -p esp
    capture esp-blocked m:ma pcapng
    capture esp-blocked-b-side m:mb pcap
    event "m drops all ESP"
    up
    ping_start a 1
    ping_start b 1
    sleep 30
    ping_stop a
    ping_stop b
}

expected() {
    tunnel_record established
    finding_record esp-blocked
}
