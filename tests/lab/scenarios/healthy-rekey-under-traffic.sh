# A rekey while packets fly both ways.

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP over a path of 150 ms each way, five pings a second in both
directions; a rekeys the Child SA, later b does. Who answers the rekey goes on sending on the old
SPI until the Delete arrives, and old packets are still under way then: that is normal.
T
}

scenario() {
    capture healthy-rekey-under-traffic m:ma pcapng
    up
    on m tc qdisc add dev ma root netem delay 150ms
    on m tc qdisc add dev mb root netem delay 150ms
    ping_start a 0.2
    ping_start b 0.2
    sleep 5
    event "a rekeys the Child SA"
    swan a --rekey --child net
    sleep 6
    event "b rekeys the Child SA"
    swan b --rekey --child net
    sleep 5
    ping_stop a
    ping_stop b
    event "idle"
    sleep 9
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
