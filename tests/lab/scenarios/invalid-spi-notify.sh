# b has lost its SAs and says so in clear, as RFC 7296, 1.5 allows.
dpd_delay_a=0
dpd_delay_b=0

about() {
    cat <<'T'
IKEv2 with raw ESP, DPD off; b loses all its SAs (daemon killed, kernel flushed) while a pings. From
then on stand_in.py answers for b, with an unprotected INVALID_SPI notify for each ESP packet
(strongSwan itself never sends one); a's daemon ignores it and goes on sending.
T
}

scenario() {
    capture invalid-spi-notify m:ma pcapng
    up
    out=$(sa_out a "$a" "$b")
    fact "value lost_spi ${out%% *}"
    ping_start a 1
    sleep 8
    daemon_kill b
    on b ip xfrm state flush
    on b ip xfrm policy flush
    event "b has lost its SAs"
    ip netns exec b python3 /run/src/stand_in.py invalid-spi "$b" &
    sleep 20
    ping_stop a
    kill $!
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"invalid-spi-notify","severity":"error","tunnel":1,"spis":["@lost_spi@"]}
J
}
