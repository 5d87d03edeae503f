# A rekey needs to be asked for three times, then succeeds.

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP under traffic; m, behind the capture, drops CREATE_CHILD_SA from a for a
few seconds, so that a sends its rekey request three times before b gets it. Then the rekey succeeds and
traffic goes on with the new SAs, without a gap.
T
}

scenario() {
    capture rekey-recovered m:ma pcapng
    up
    ping_start a 1
    sleep 5
    ike_drop m FORWARD 36 -s "$a"
    event "a rekeys the Child SA, which m drops"
    swan a --rekey --child net
    sleep 3
    on m iptables-legacy -F FORWARD
    event "m drops nothing any more"
    sleep 12
    ping_stop a
    event "idle"
    sleep 6
}

expected() {
    tunnel_record established
    # The retransmissions may be told.
    echo '{"type":"expect","max_other_severity":"warning"}'
}
