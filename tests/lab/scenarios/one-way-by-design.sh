# A stream that nobody answers: one-way ESP without a fault.

about() {
    cat <<'T'
A healthy IKEv2 tunnel with raw ESP that carries a one-way UDP stream from a to b (b takes it and
says nothing); DPD from a is answered. ESP alone looks like a fault, so it is only a possible one.
T
}

scenario() {
    capture one-way-by-design m:ma pcapng
    # Somebody takes it, else ICMP port unreachable would come back through the tunnel.
    ip netns exec b python3 -c "
import socket
taker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
taker.bind(('$inner_b', 9))
while True:
    taker.recv(2048)" &
    taker=$!
    until on b grep -q ':0009 ' /proc/net/udp; do
        sleep 0.2
    done
    up
    event "a one-way UDP stream from a to b starts"
    ip netns exec a bash -c "
        exec 3>/dev/udp/$inner_b/9
        for i in {1..100}; do
            printf 'a measurement of some sort, %04d' \$i >&3
            sleep 0.3
        done"
    kill $taker
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"esp-one-way","severity":"warning","confidence":"possible","tunnel":1}
J
}
