# CREATE_CHILD_SA requests do not reach b; a sets up the tunnel anew.
keys=yes
dpd_delay_b=0
child_a='dpd_action = restart'

about() {
    cat <<'T'
As rekey-unanswered: m drops CREATE_CHILD_SA from a to b, so a's rekey of the Child SA fails and a
gives up the IKE SA. This a starts anew at once with IKE_SA_INIT; b replaces what it had and traffic
goes on with the new SAs.
T
}

scenario() {
    capture rekey-unanswered-recovered m:ma pcap
    up
    ping_start a 1
    sleep 5
    ike_drop m FORWARD 36 -s "$a"
    event "a rekeys the Child SA, which m drops"
    swan a --rekey --child net
    sleep 26
    ping_stop a
}

expected() {
    tunnel_record
    finding_record rekey-failed ',"peer_to_check":{"address":"@b@"}'
}
