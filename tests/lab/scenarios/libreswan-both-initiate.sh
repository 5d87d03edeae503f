# Both sides initiate at the same moment.
peer_b=libreswan

about() {
    cat <<'T'
IKEv2: a and b initiate at the same moment over a path that takes 0.15 s each way. The tunnel works.
T
}

scenario() {
    on m tc qdisc add dev ma root netem delay 150ms
    on m tc qdisc add dev mb root netem delay 150ms
    capture libreswan-both-initiate m:ma pcapng
    event "both initiate"
    whack --initiate --asynchronous --name lab
    up
    ping_for a 8 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"ike-both-initiate","tunnel":1}
{"type":"expect","max_other_severity":"warning"}
J
}
