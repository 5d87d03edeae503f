# CREATE_CHILD_SA requests do not reach b.

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP; a filter on m, behind the capture, drops CREATE_CHILD_SA (exchange
type 36) from a to b. a rekeys the Child SA and sends its request four times in vain, while ESP goes
on both ways on the old SPIs. Then a gives up the whole IKE SA without a word and stops sending.
T
}

scenario() {
    capture rekey-unanswered m:ma pcapng
    up
    ping_start a 1
    sleep 5
    ike_drop m FORWARD 36 -s "$a"
    event "a rekeys the Child SA, which m drops"
    swan a --rekey --child net
    sleep 20
    ping_stop a
}

expected() {
    tunnel_record
    finding_record rekey-failed ',"severity":"error","peer_to_check":{"address":"@b@"}'
}
