# IKEv1: b goes on sending on an SPI that a has deleted.
ike_version=1
keys=yes

about() {
    cat <<'T'
IKEv1 with raw ESP: b pings and a answers; then a deletes the phase 2 SAs. At once b's kernel gets its
outbound SA and policy back: b goes on sending on the deleted SPI for 20 s and a, which has no SA any more,
says nothing. The ISAKMP SA stays up, DPD is answered.
T
}

scenario() {
    capture stale-spi-after-delete-ikev1 m:ma pcapng
    on b ip route add "$inner_a" via "$mb"
    up
    ping_for b 10 1
    old=$(sa_out b "$b" "$a")
    fact "value old_spi ${old%% *}"
    event "a deletes the phase 2 SAs"
    swan a --terminate --child net
    sleep 0.3
    # shellcheck disable=SC2086 # the words of the old SA
    sa_restore b "$b" "$a" "$net_b" "$net_a" $old
    event "b sends on the deleted SPI"
    ping_for b 20 1
}

expected() {
    tunnel_record established | sed 's/"ike_version":2/"ike_version":1/'
    finding_record stale-spi-after-delete ',"severity":"error","peer_to_check":{"address":"@b@"},"spis":["@old_spi@"]'
}
