# A counter goes over its end.

about() {
    cat <<'T'
Raw ESP with keys and SPIs set by hand (ip xfrm) and 32-bit sequence numbers. The counter of SPI
0x00001001 from a to b comes to 0xffffffff and a, told to go on, sends 0, 1, 2, …, which b drops as
replays: no ping is answered any more (RFC 4303, 3.3.3 forbids that).
T
}

scenario() {
    for _ns in a b; do
        sa_manual $_ns "$a" "$b" 0x1001 replay-oseq 0xfffffff0 replay-seq 0xfffffff0 \
            replay-window 32 extra-flag oseq-may-wrap
        sa_manual $_ns "$b" "$a" 0x1002 replay-window 32
    done
    policy_manual a "$a" "$b" "$net_a" "$net_b"
    policy_manual b "$b" "$a" "$net_b" "$net_a"
    inner_routes
    capture esp-seq-wrap m:ma pcapng
    event "traffic"
    ping_for a 40 1
}

expected() {
    echo '{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"encapsulation":"raw"}'
    echo '{"type":"finding","id":"unknown-spi","severity":"note"}'
    echo '{"type":"finding","id":"esp-seq-wrap","severity":"error","spis":["0x00001001"]}'
}
