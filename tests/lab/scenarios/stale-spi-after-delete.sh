# b goes on sending on an SPI that a has deleted.
ike_a=aes256gcm16-prfsha256-modp2048
ike_b=aes256gcm16-prfsha256-modp2048

about() {
    cat <<'T'
IKEv2 (AES-GCM) with raw ESP: b pings and a answers; then a deletes the Child SA and b confirms. At
once b's kernel gets its outbound SA and policy back: b goes on sending on the deleted SPI for 20 s
and a, which has no SA any more, says nothing. The IKE SA stays up, DPD is answered.
T
}

scenario() {
    capture stale-spi-after-delete m:ma pcapng
    on b ip route add "$inner_a" via "$mb"
    up
    ping_for b 10 1
    old=$(sa_out b "$b" "$a")
    fact "value old_spi ${old%% *}"
    event "a deletes the Child SA"
    swan a --terminate --child net
    # shellcheck disable=SC2086 # the words of the old SA
    sa_restore b "$b" "$a" "$net_b" "$net_a" $old
    event "b sends on the deleted SPI"
    ping_for b 20 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"stale-spi-after-delete","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"},"spis":["@old_spi@"]}
J
}
