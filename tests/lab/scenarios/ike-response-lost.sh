# b answers, a never gets it.

about() {
    cat <<'T'
IKEv2: b answers a's IKE_SA_INIT and each retransmission of it, but a's host filter drops what comes
from port 500, behind the point of capture.
T
}

scenario() {
    capture ike-response-lost m:ma pcapng
    on a iptables-legacy -A INPUT -p udp --sport 500 -j DROP
    up
    sleep 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2}
{"type":"finding","id":"ike-response-lost","severity":"error","tunnel":1,"peer_to_check":{"address":"@a@"}}
J
}
