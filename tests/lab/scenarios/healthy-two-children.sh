# Two Child SAs for different networks in one IKE SA.
keys=yes
children_a='net2 {
                local_ts = 10.11.0.0/24
                remote_ts = 10.21.0.0/24
                esp_proposals = aes256-sha256
                rekey_time = 0
            }'
children_b='net2 {
                local_ts = 10.21.0.0/24
                remote_ts = 10.11.0.0/24
                esp_proposals = aes256-sha256
                rekey_time = 0
            }'

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP and two Child SAs for different pairs of networks, both with
traffic at the same time. The first one is rekeyed.
T
}

scenario() {
    address a lo 10.11.0.1/32
    address b lo 10.21.0.1/32
    capture healthy-two-children m:ma pcapng
    up
    event "a initiates the second Child SA"
    swan a --initiate --child net2
    ping_start a 1
    ip netns exec a ping -q -i 1 -s 200 -I 10.11.0.1 10.21.0.1 >>/run/out/a.ping 2>&1 &
    _second=$!
    sleep 10
    event "a rekeys the first Child SA"
    swan a --rekey --child net
    sleep 12
    ping_stop a
    kill -TERM "$_second"
    event "idle"
    sleep 6
    ping_for b 4 1
}

expected() {
    tunnel_record established
}
