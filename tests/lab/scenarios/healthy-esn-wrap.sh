# With extended sequence numbers the lower 32 bits may start again.

about() {
    cat <<'T'
Raw ESP with keys and SPIs set by hand (ip xfrm) and extended sequence numbers (RFC 4304): the lower
half of the number, the only one on the wire, goes from 0xffffffff to 0 on SPI 0x00001001 from a to
b. That is as it should be, and all pings are answered, before and after.
T
}

scenario() {
    for _ns in a b; do
        sa_manual $_ns "$a" "$b" 0x1001 flag esn replay-window 64 \
            replay-oseq 0xfffffff0 replay-seq 0xfffffff0
        sa_manual $_ns "$b" "$a" 0x1002 flag esn replay-window 64
    done
    policy_manual a "$a" "$b" "$net_a" "$net_b"
    policy_manual b "$b" "$a" "$net_b" "$net_a"
    inner_routes
    capture healthy-esn-wrap m:ma pcapng
    event "traffic"
    ping_for a 40 1
}

expected() {
    echo '{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"encapsulation":"raw"}'
    echo '{"type":"finding","id":"unknown-spi","severity":"note"}'
}
