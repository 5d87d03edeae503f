# A DPD request is lost, sent again and answered: no dead peer.

about() {
    cat <<'T'
IKEv2 with raw ESP; in an idle phase a filter on m drops all IKE from b for 6 s. A DPD exchange
needs retransmissions and then succeeds; traffic goes on. The view is between a and the filter.
T
}

scenario() {
    capture dpd-recovered m:ma pcapng
    up
    ping_for a 6 1
    event "idle"
    sleep 6
    event "m drops IKE from b"
    on m iptables-legacy -A FORWARD -s "$b" -p udp --dport 500 -j DROP
    sleep 6
    event "m lets IKE pass again"
    on m iptables-legacy -D FORWARD -s "$b" -p udp --dport 500 -j DROP
    sleep 12
    event "traffic again"
    ping_for a 6 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"expect","max_other_severity":"warning"}
J
}
