# An idle tunnel through a NAT with keepalives.
nat=yes
keep_alive=20s
dpd_delay_a=0
dpd_delay_b=0
keys=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel through a NAT in front of a: idle for 65 s without DPD, but with a NAT
keepalive from a every 20 s, the common default.
T
    case $1 in
    *-inside) echo "This is the view between a and the NAT." ;;
    *) echo "This is the view outside of the NAT." ;;
    esac
}

scenario() {
    capture healthy-nat-keepalive m:ma pcapng
    capture healthy-nat-keepalive-inside n:na pcap
    up
    ping_for a 5 1
    event "idle"
    sleep 65
    event "traffic again"
    ping_for b 5 1
}

expected() {
    case $1 in
    *-inside) tunnel_record_nat established | sed 's/a_outside/a/' ;;
    *) tunnel_record_nat established ;;
    esac
}
