# The IKE SA is rekeyed by each side.
keys=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP under traffic; a rekeys the IKE SA, later b does, and is its
initiator from then on. The Child SA and its SPIs stay the same.
T
}

scenario() {
    capture healthy-ike-rekey m:ma pcap
    up
    ping_start a 1
    sleep 5
    event "a rekeys the IKE SA"
    swan a --rekey --ike lab
    sleep 6
    event "b rekeys the IKE SA"
    swan b --rekey --ike lab
    sleep 5
    ping_stop a
    event "idle"
    sleep 9
    ping_for b 4 1
}

expected() {
    tunnel_record established
    finding_record ike-rekey ',"severity":"note"'
}
