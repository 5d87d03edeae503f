# A healthy tunnel whose IKE SA is set up without a Child SA.
keys=yes
conn_a='childless = force'
conn_b='childless = force'

about() {
    cat <<'T'
A healthy IKEv2 tunnel with childless initiation (RFC 6023): IKE_AUTH sets up the IKE SA alone, the
Child SA follows with a CREATE_CHILD_SA exchange. At first a asks for the IKE SA only.
T
}

scenario() {
    capture healthy-childless m:ma pcapng
    event "a initiates the IKE SA"
    swan a --initiate --ike lab
    sleep 6
    up
    ping_for a 4 1
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"childless","severity":"note","tunnel":1}
J
}
