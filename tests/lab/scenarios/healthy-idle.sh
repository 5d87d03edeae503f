# A tunnel without any traffic.

about() {
    cat <<'T'
A healthy IKEv2 tunnel that carries nothing: after IKE_AUTH there is only DPD, from both sides and
always answered. No ESP is no fault.
T
}

scenario() {
    capture healthy-idle m:ma pcapng
    up
    event "idle"
    sleep 35
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"established","nat":"none"}
{"type":"finding","id":"dpd-interval","severity":"note","tunnel":1}
J
}
