# A capture filter that leaves out IKE.
unpaired=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP, captured with a filter for protocol 50 only: traffic with a
change of SPIs in the middle, but no IKE.
T
}

scenario() {
    capture capture-no-ike m:ma pcapng ip proto 50
    up
    ping_for a 18 2
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 20 2
}

expected() {
    echo '{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"encapsulation":"raw"}'
    echo '{"type":"finding","id":"capture-no-ike"}'
}
