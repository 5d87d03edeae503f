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
    on a ip route add "$inner_b" via "$ma"
    on b ip route add "$inner_a" via "$mb"
    capture healthy-manual-keys m:ma pcap
    event "traffic"
    ping_for a 8 1
    ping_for b 6 1
}

sa_manual() { # NS SRC DST SPI
    _key=0x000102030405060708090a0b0c0d0e0f
    on "$1" ip xfrm state add src "$2" dst "$3" proto esp spi "$4" reqid 7 mode tunnel \
        auth-trunc 'hmac(sha256)' "${_key}1011121314151617" 128 enc 'cbc(aes)' $_key
}

policy_manual() { # NS LOCAL REMOTE LOCAL_NET REMOTE_NET
    on "$1" ip xfrm policy add src "$4" dst "$5" dir out \
        tmpl src "$2" dst "$3" proto esp reqid 7 mode tunnel
    on "$1" ip xfrm policy add src "$5" dst "$4" dir in \
        tmpl src "$3" dst "$2" proto esp reqid 7 mode tunnel
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"encapsulation":"raw"}
{"type":"finding","id":"unknown-spi","severity":"note"}
J
}
