# Transport mode.
child_a='mode = transport
                local_ts = dynamic
                remote_ts = dynamic'
child_b='mode = transport
                local_ts = dynamic
                remote_ts = dynamic'
keys=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP in transport mode between the peers themselves: traffic, an idle
phase with DPD, a rekey.
T
}

scenario() {
    # The protected traffic is between the outer addresses.
    # shellcheck disable=SC2034 # read by ping_start
    inner_a=$a inner_b=$b
    capture healthy-transport m:ma pcapng
    up
    ping_for a 6 1
    event "idle"
    sleep 9
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 6 1
}

expected() {
    tunnel_record established
}
