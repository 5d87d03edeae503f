# Two Child SAs side by side, each for a network of its own; libreswan initiates.
keys=yes
peer_b=libreswan
pluto_leftsubnet='leftsubnets={10.20.0.0/24,10.20.1.0/24}'
child_a='remote_ts = 10.20.0.0/16'

about() {
    cat <<'T'
A healthy IKEv2 tunnel with two Child SAs under one IKE SA: libreswan (b) protects 10.20.0.0/24 and
10.20.1.0/24 and negotiates a Child SA for each; both carry traffic at the same time. a rekeys them.
T
}

scenario() {
    on b ip addr add 10.20.1.1/32 dev lo
    capture healthy-libreswan-subnets m:ma pcap.gz
    event "b initiates"
    whack --initiate --name lab/1x0
    whack --initiate --name lab/2x0
    ping_start b 1
    ip netns exec b ping -q -i 0.7 -I 10.20.1.1 "$inner_a" >>/run/out/b.ping 2>&1 &
    second=$!
    sleep 8
    event "a rekeys both Child SAs"
    swan a --rekey --child net
    sleep 8
    ping_stop b
    kill -TERM "$second"
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
