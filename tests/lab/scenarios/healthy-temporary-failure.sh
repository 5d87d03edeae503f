# A rekey of the IKE SA and one of its Child SA cross.
keys=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel over a path of 300 ms each way: a rekeys the IKE SA while b rekeys the Child SA,
so the requests cross and one of them is answered with TEMPORARY_FAILURE (RFC 7296, 2.25.2); it is
repeated later. Traffic flows all the time.
T
}

scenario() {
    capture healthy-temporary-failure m:ma pcapng
    up
    on m tc qdisc add dev ma root netem delay 300ms
    on m tc qdisc add dev mb root netem delay 300ms
    event "the path gets slow"
    ping_start a 2
    sleep 3
    event "a rekeys the IKE SA, b the Child SA"
    swan a --rekey --ike lab &
    _rekey=$!
    swan b --rekey --child net
    wait $_rekey
    sleep 16
    ping_stop a
    sleep 6
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
