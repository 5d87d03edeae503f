# Every IKE message that can be is sent in fragments of the vendors' kind.
keys=yes
ike_version=1
charon_extra='fragment_size = 220'

about() {
    cat <<'T'
A healthy IKEv1 tunnel whose daemons send IKE in fragments of 220 bytes (the vendors' payload), with traffic,
liveness checks and a rekey.
T
}

scenario() {
    capture healthy-fragments-ikev1 m:ma pcapng
    up
    ping_for a 6 1
    event "idle"
    sleep 9
    event "a rekeys the phase 2 SA"
    swan a --rekey --child net
    ping_for b 5 1
    event "idle"
    sleep 7
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"encapsulation":"raw","state":"established","nat":"none"}
J
}
