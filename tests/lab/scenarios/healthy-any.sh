# The Linux "any" device of a router sees each packet twice, which is no replay.

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP, captured on the "any" device of the router between the peers
(Linux cooked capture): each packet is there twice, coming in and going out.
T
}

scenario() {
    capture healthy-any m:any pcap
    up
    ping_for a 6 1
    event "idle"
    sleep 9
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 5 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"capture-duplicates","severity":"note","tunnel":1}
J
}
