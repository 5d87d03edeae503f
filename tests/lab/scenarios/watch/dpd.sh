# b's IKE is lost until a's DPD request has been sent three times; the fourth is answered.
. "${LAB_LIB:-/run/src}/lib_watch.sh"
dpd_delay_b=60s

scenario() {
    watch root m:ma
    up
    ping_for a 4 0.5
    event "idle"
    sleep 6
    event "m drops IKE from b"
    m_drops -s "$b" -p udp --dport 500
    watcher_says root dpd-unanswered 20
    event "m passes IKE again"
    m_passes -s "$b" -p udp --dport 500
    sleep 20
    watches_end
}

expected() {
    # 4 s until the next request, its third copy 4.2 s later (unanswered-tries), and in all 5 s of
    # silence (patience).
    echo "begins dpd-unanswered $((4 + 5 + look)) m drops IKE from b"
    # The fourth copy comes 9.1 s after the first.
    echo "ends dpd-unanswered $((5 + hold + look)) m passes IKE again"
}
