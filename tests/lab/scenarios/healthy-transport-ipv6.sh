# A healthy Child SA in transport mode, IPv6.
keys=yes
family=6
esp_a=aes256gcm16
esp_b=aes256gcm16
child_a='mode = transport
                local_ts = dynamic
                remote_ts = dynamic'
child_b=$child_a

about() {
    cat <<'T'
A healthy IKEv2 tunnel over IPv6 with ESP in transport mode between the two hosts, with traffic, a
rekey and liveness checks.
T
}

scenario() {
    capture healthy-transport-ipv6 m:ma pcapng
    up
    inner_a=$a inner_b=$b
    ping_for a 4 1
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 3 1
    sleep 6
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
