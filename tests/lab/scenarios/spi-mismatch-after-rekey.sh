# After a Child SA rekey b goes on sending on the old SPI, past the Delete and a's grace.
keys=yes

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP; a rekeys the Child SA (CREATE_CHILD_SA and Delete both answered). At
once b's kernel gets its old outbound SA back and a policy that prefers it: b receives on the new
SA and sends on the old one, which a forgets 5 s after the Delete. a goes on pinging on the new SPI
for 30 s, b answers each ping on the old SPI. The pings pause from 1.5 s before the rekey.
T
}

scenario() {
    capture spi-mismatch-after-rekey m:ma pcapng
    up
    ping_for a 10 1
    sleep 1
    old=$(sa_out b "$b" "$a")
    fact "value old_spi ${old%% *}"
    event "a rekeys the Child SA"
    swan a --rekey --child net
    # shellcheck disable=SC2086 # the words of the old SA
    sa_restore b "$b" "$a" "$net_b" "$net_a" $old
    event "b sends on the old SPI"
    ping_for a 30 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"spi-mismatch-after-rekey","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"},"spis":["@old_spi@"],"keyed":{"confidence":"certain","provenance":"decrypted"}}
J
}
