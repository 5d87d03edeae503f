# Both sides rekey the Child SA at the same time.

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP over a path of 400 ms each way; both sides rekey the Child SA
within that time, so the CREATE_CHILD_SA requests cross. One of the two new SAs is deleted again
(RFC 7296, 2.8.1), traffic goes on with the other.
T
}

scenario() {
    capture healthy-rekey-collision m:ma pcapng
    up
    ping_for a 5 1
    on m tc qdisc add dev ma root netem delay 400ms
    on m tc qdisc add dev mb root netem delay 400ms
    event "the path gets slow"
    ping_start a 1
    sleep 3
    event "both rekey the Child SA"
    swan a --rekey --child net &
    _rekey=$!
    swan b --rekey --child net
    wait $_rekey
    sleep 10
    ping_stop a
    event "idle"
    sleep 8
    ping_for b 4 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
