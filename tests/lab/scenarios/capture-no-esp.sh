# A capture filter that leaves out ESP.

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP, captured with a filter for port 500 only: IKE_SA_INIT, IKE_AUTH,
DPD and a rekey, but none of the traffic.
T
}

scenario() {
    capture capture-no-esp m:ma pcap udp port 500
    up
    ping_for a 6 1
    event "idle"
    sleep 9
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 6 1
    event "idle"
    sleep 14
    ping_for b 4 1
}

expected() {
    echo '{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"established","nat":"none"}'
    echo '{"type":"finding","id":"capture-no-esp"}'
}
