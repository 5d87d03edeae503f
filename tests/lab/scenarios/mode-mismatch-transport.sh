# a wants transport mode, b tunnel mode.
keys=yes
child_a='mode = transport
                local_ts = dynamic
                remote_ts = dynamic'
child_b='local_ts = dynamic
                remote_ts = dynamic'

about() {
    cat <<'T'
IKEv2: a asks for transport mode between the two hosts (USE_TRANSPORT_MODE), b answers without that
notify, so tunnel mode is what they use.
T
}

scenario() {
    capture mode-mismatch-transport m:ma pcapng
    up
    inner_a=$a inner_b=$b
    ping_for a 4 1
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","nat":"none"}
{"type":"finding","id":"mode-mismatch","tunnel":1,"only":"keyed","provenance":"decrypted"}
J
}
