# Protocol 50 from b to a is dropped in the middle, IKE is not.

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP works for 10 s; then a filter on m, the router between the peers, drops
ESP from b to a. a goes on pinging; DPD from a is answered all the time.
T
    case $1 in
    *-b-side) echo "This is the view between b and the filter: nothing is missing here, both directions flow." ;;
    *) echo "This is the view between a and the filter: no ESP from b any more." ;;
    esac
}

scenario() {
    capture esp-one-way-raw m:ma pcapng
    capture esp-one-way-raw-b-side m:mb pcap
    up
    ping_start a 1
    sleep 10
    event "m drops ESP from b to a"
    on m iptables-legacy -A FORWARD -s "$b" -p esp -j DROP
    sleep 30
    ping_stop a
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
    case $1 in
    *-b-side) ;;
    *) cat <<'J' ;;
{"type":"finding","id":"esp-one-way","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"},"consequences":[{"id":"dpd-ok-data-dead"}]}
J
    esac
}
