# A counter comes near its end and nobody rekeys.

about() {
    cat <<'T'
Raw ESP with keys and SPIs set by hand (ip xfrm), so nobody ever rekeys: the counter of SPI
0x00001001 from a to b has come to 0xfffff050, that of 0x00001002 back to 0x2000. All pings
are answered.
T
}

scenario() {
    for _ns in a b; do
        sa_manual $_ns "$a" "$b" 0x1001 replay-oseq 0xfffff050 replay-seq 0xfffff050
        sa_manual $_ns "$b" "$a" 0x1002 replay-oseq 0x2000 replay-seq 0x2000
    done
    policy_manual a "$a" "$b" "$net_a" "$net_b"
    policy_manual b "$b" "$a" "$net_b" "$net_a"
    inner_routes
    capture esp-seq-near-wrap m:ma pcap
    event "traffic"
    ping_for a 12 1
}

expected() {
    echo '{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"encapsulation":"raw"}'
    echo '{"type":"finding","id":"esp-seq-near-wrap","severity":"warning","spis":["0x00001001"]}'
}
