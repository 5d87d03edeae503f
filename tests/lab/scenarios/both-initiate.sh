# Both peers initiate at the same moment.

about() {
    cat <<'T'
IKEv2 over a path of 150 ms each way: both peers initiate within that time, so their IKE_SA_INIT
requests cross and two IKE SAs come up. Traffic works.
T
}

scenario() {
    capture both-initiate m:ma pcapng
    # Neighbours are known before the path gets slow.
    on a ping -q -c 1 "$b" >/dev/null
    on m tc qdisc add dev ma root netem delay 150ms
    on m tc qdisc add dev mb root netem delay 150ms
    event "both initiate"
    swan a --initiate --child net &
    _initiation=$!
    swan b --initiate --child net || event "b's initiation failed"
    wait $_initiation || event "a's initiation failed"
    ping_for a 5 1
    sleep 6
    ping_for b 3 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"ike-both-initiate","tunnel":1}
J
}
