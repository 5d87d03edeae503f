# b asks for a cookie again and again.
charon_b='cookie_threshold = 1
    cookie_threshold_ip = 1'

about() {
    cat <<'T'
IKEv2: b, which has another IKE SA half open, answers IKE_SA_INIT with a cookie, and a's request with
that cookie with another one, without end: strongSwan 5.9.8 takes no cookie during the first ten
seconds of its life, and a is stopped before they are over.
T
}

scenario() {
    daemon_kill b
    rm /run/lab/b/vici
    ike_drop b INPUT 35
    daemon_start b
    # An attempt that gets stuck at IKE_AUTH leaves the IKE SA half open on b.
    swan a --initiate --child net --timeout 1 || event "an attempt before this capture failed"
    swan a --terminate --ike lab --force --timeout 1 || true
    on b iptables-legacy -F INPUT
    capture cookie-loop m:ma pcapng
    event "a initiates"
    swan a --initiate --child net --timeout 5 || event "a has got nowhere"
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2}
{"type":"finding","id":"ike-cookie-loop","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
