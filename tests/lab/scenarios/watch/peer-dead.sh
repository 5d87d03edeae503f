# b vanishes under traffic; then it is there again and a makes a new tunnel.
. "${LAB_LIB:-/run/src}/lib_watch.sh"

scenario() {
    watch root m:ma
    up
    ping_start a 0.3
    sleep 8
    peer_vanishes b
    event "b vanishes"
    sleep 28
    ping_stop a
    on b iptables-legacy -F
    rm -f /run/lab/b/vici
    on b ip xfrm state flush
    on b ip xfrm policy flush
    daemon_start b
    event "b is back"
    up
    ping_for a 16 0.5
    watches_end
}

expected() {
    # DPD after 4 s, the third copy 1.5 + 2.7 s later, then 5 s (patience).
    echo "begins peer-dead-esp-continues $((4 + 5 + 5 + look)) b vanishes"
    echo "ends peer-dead-esp-continues $((hold + look)) b is back"
    echo "may esp-one-way"
    echo "may dpd-unanswered"
    echo "may peer-restarted"
    echo "may rekey-gap"
}
