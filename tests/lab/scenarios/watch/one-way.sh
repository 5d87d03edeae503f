# b drops the ESP it sends, and no more, before four watchers; then the interface goes down and up.
. "${LAB_LIB:-/run/src}/lib_watch.sh"

scenario() {
    watch root m:ma
    watch_unprivileged raw m:ma
    watch any m:any
    watch kept m:ma --no-sandbox
    up
    # Faster than a monitor's probes, which are another finding.
    ping_start a 0.3
    sleep 10
    event "b drops its ESP"
    on b iptables-legacy -A OUTPUT -p esp -j DROP
    sleep 16
    event "b sends ESP again"
    on b iptables-legacy -D OUTPUT -p esp -j DROP
    sleep 16
    event "root is asked how things stand"
    watch_signal root USR1
    sleep 2
    event "ma goes down"
    on m ip link set dev ma down
    sleep 4
    event "ma comes up"
    on m ip link set dev ma up
    sleep 6
    ping_stop a
    watches_end
}

expected() {
    # Ten packets in 5 s (one-way-packets, one-way-span).
    echo "begins esp-one-way $((5 + look)) b drops its ESP"
    echo "ends esp-one-way $((hold + look)) b sends ESP again"
    [ "$1" != root ] || echo "says 2 root is asked how things stand: status: "
    # What was dropped are numbers that never came; and where ma is down, m knows no way to a.
    echo "may esp-loss"
    echo "may ike-icmp-rejected"
    echo "may esp-icmp-rejected"
    [ "$1" != any ] || return 0
    echo "says 2 ma goes down: interface ma is down"
    echo "says 2 ma comes up: interface ma is up again"
}
