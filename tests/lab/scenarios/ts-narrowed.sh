# b narrows the selectors that a asks for.
keys=yes
child_a='remote_ts = 10.20.0.0/16'

about() {
    cat <<'T'
IKEv2: a wants 10.10.0.0/24 === 10.20.0.0/16, b protects 10.20.0.0/24 only and answers with that. The
tunnel works for 10.20.0.0/24; what a has for the rest of 10.20.0.0/16 does not get in.
T
}

scenario() {
    capture ts-narrowed m:ma pcapng
    up
    ping_for a 5 1
    sleep 5
    ping_for b 3 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"ts-narrowed","severity":"warning","tunnel":1,"only":"keyed","provenance":"decrypted"}
J
}
