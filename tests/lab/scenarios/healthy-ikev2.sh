# A healthy IKEv2 tunnel through its life: traffic, idle phases with DPD, rekeys.
keys=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP: traffic both ways, idle phases with DPD from both sides, a
Child SA rekey by a, an IKE SA rekey by a, a Child SA rekey by b. It is still up at the end.
T
}

scenario() {
    capture healthy-ikev2 m:ma pcapng
    up
    ping_for a 8 1
    event "idle"
    sleep 10
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 6 1
    event "idle"
    sleep 10
    event "a rekeys the IKE SA"
    swan a --rekey --ike lab
    ping_for a 5 1
    event "idle"
    sleep 9
    event "b rekeys the Child SA"
    swan b --rekey --child net
    ping_for a 6 1
    event "idle"
    sleep 6
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"no-pfs","severity":"note","tunnel":1}
J
}
