# a moves to another address that cannot reach b.
mobike=yes
moved=yes
dpd_delay_b=0

about() {
    cat <<'T'
An IKEv2 tunnel with MOBIKE: IKE on port 4500, ESP raw. a loses its address 192.0.2.1 and has
192.0.2.7 instead, but a filter on m, behind the capture, drops all that comes from there: a probes
the path from its new address with an INFORMATIONAL request every 2.5 s, which nobody answers, so it
never comes to UPDATE_SA_ADDRESSES, and sends no ESP any more.
T
}

scenario() {
    second_address
    m_drops -s 192.0.2.7
    capture mobike-failed m:ma pcapng
    up
    ping_start a 1
    sleep 6
    address_change
    event "a moves from 192.0.2.1 to 192.0.2.7, which m blocks"
    sleep 14
    ping_stop a
}

expected() {
    echo '{"type":"finding","id":"mobike-failed"}'
}
