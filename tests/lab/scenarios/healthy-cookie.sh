# b asks for a cookie and gets it.
charon_b='cookie_threshold = 1
    cookie_threshold_ip = 1'

about() {
    cat <<'T'
A healthy IKEv2 tunnel: b, which has another IKE SA half open, answers IKE_SA_INIT with a cookie; a
repeats its request with it and the tunnel comes up.
T
}

scenario() {
    # strongSwan 5.9.8 takes no cookie during the first ten seconds of its life.
    sleep 10
    # An attempt that gets stuck at IKE_AUTH leaves the IKE SA half open on b.
    ike_drop b INPUT 35
    swan a --initiate --child net --timeout 2 || event "an attempt before this capture failed"
    swan a --terminate --ike lab --force --timeout 1 || true
    on b iptables-legacy -F INPUT
    capture healthy-cookie m:ma pcapng
    up
    ping_for a 4 1
    sleep 5
    ping_for b 3 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"ike-dos-cookie","severity":"note","tunnel":1}
J
}
