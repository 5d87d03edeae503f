# After a rekey b sends on the old SPI, and then on the new one.
. "${LAB_LIB:-/run/src}/lib_watch.sh"

scenario() {
    watch root m:ma
    up
    ping_for a 6 0.5
    old=$(sa_out b "$b" "$a")
    event "a rekeys the Child SA"
    swan a --rekey --child net
    # shellcheck disable=SC2086 # the words of the old SA
    sa_restore b "$b" "$a" "$net_b" "$net_a" $old
    event "b sends on the old SPI"
    ping_start a 0.5
    sleep 25
    on b ip xfrm policy update src "$net_b" dst "$net_a" dir out priority 1 \
        tmpl src "$b" dst "$a" proto esp reqid 1 mode tunnel
    on b ip xfrm state delete src "$b" dst "$a" proto esp spi "${old%% *}"
    event "b sends on the new SPI"
    sleep 18
    ping_stop a
    watches_end
}

expected() {
    # Packets of both sides are normal for 10 s after a rekey (switchover).
    echo "begins spi-mismatch-after-rekey $((10 + look)) b sends on the old SPI"
    echo "ends spi-mismatch-after-rekey $((hold + look)) b sends on the new SPI"
    # Until b has been silent on the old SPI for as long.
    echo "may stale-spi-after-delete"
}
