# b finds a's IKE_SA_INIT malformed.

about() {
    cat <<'T'
IKEv2: b answers a's IKE_SA_INIT with the single notify INVALID_SYNTAX, in clear (stand_in.py in
place of b's daemon, which has no such fault to offer). a is started twice.
T
}

scenario() {
    capture ike-protocol-error m:ma pcapng
    daemon_kill b
    ip netns exec b python3 /run/src/stand_in.py invalid-syntax "$b" &
    sleep 1
    up
    sleep 4
    up
    sleep 2
    kill $!
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2,"state":"failed"}
{"type":"finding","id":"ike-protocol-error","severity":"error","tunnel":1}
J
}
