# Packets cut short by the capture.
snaplen=96

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP, captured with a snapshot length of 96 bytes: no packet is whole.
T
}

scenario() {
    capture healthy-snaplen m:ma pcap
    up
    ping_for a 8 1
    event "idle"
    sleep 9
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 8 1
}

expected() {
    echo '{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2,"encapsulation":"raw"}'
    echo '{"type":"finding","id":"capture-truncated","severity":"note"}'
}
