# A monitor in the tunnel asks an address that never answers.
keys=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP: a pings b's network every 2 s and gets answers. Beside that a
monitor on a asks another address behind b every 3 s, in packets of equal size, and never gets an
answer; the address is there, but does not answer pings. The tunnel is not to blame.
T
}

scenario() {
    address b lo 10.20.0.99/32
    on b iptables-legacy -A INPUT -d 10.20.0.99 -j DROP
    capture tunnel-monitor-unanswered m:ma pcapng
    up
    event "the monitor starts"
    ip netns exec a ping -q -i 3 -s 56 -I "$inner_a" 10.20.0.99 >>/run/out/monitor 2>&1 &
    _monitor=$!
    ping_start a 2 200
    sleep 50
    ping_stop a
    kill -TERM "$_monitor"
}

expected() {
    tunnel_record established
    finding_record tunnel-monitor-unanswered
}
