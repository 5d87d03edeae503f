# ESP with SAs set up by hand: there is no IKE at all.

about() {
    cat <<'T'
Raw ESP with keys and SPIs set by hand (ip xfrm), 0x00001001 from a to b and 0x00001002 back; no
IKE daemon speaks. Traffic is answered: nothing is wrong, but nothing negotiated these SPIs.
T
}

scenario() {
    for _ns in a b; do
        sa_manual $_ns "$a" "$b" 0x1001
        sa_manual $_ns "$b" "$a" 0x1002
    done
    policy_manual a "$a" "$b" "$net_a" "$net_b"
    policy_manual b "$b" "$a" "$net_b" "$net_a"
    inner_routes
    capture healthy-manual-keys m:ma pcap
    event "traffic"
    ping_for a 8 1
    ping_for b 6 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"encapsulation":"raw"}
{"type":"finding","id":"unknown-spi","severity":"note"}
J
}
