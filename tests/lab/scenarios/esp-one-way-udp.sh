# UDP-encapsulated ESP from b to a is dropped in the middle, IKE on the same port is not.
nat=yes
keep_alive=5s
esp_a=aes128gcm16
esp_b=aes128gcm16

about() {
    cat <<'T'
An IKEv2 tunnel through a NAT in front of a (UDP-encapsulated ESP) works for 10 s; then a filter on
m drops the UDP packets from b whose first four payload bytes are not zero: ESP, but not IKE. a
goes on pinging; DPD from a is answered. The view is between the NAT and the filter.
T
}

scenario() {
    capture esp-one-way-udp m:ma pcapng
    up
    ping_start a 1
    sleep 10
    event "m drops UDP-encapsulated ESP from b to a"
    on m iptables-legacy -A FORWARD -s "$b" -p udp --sport 4500 \
        -m u32 ! --u32 '0>>22&0x3C@8=0' -j DROP
    sleep 30
    ping_stop a
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a_outside@","behind_nat":true},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"udp","state":"established","nat":"detected"}
{"type":"finding","id":"esp-one-way","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
{"type":"finding","id":"natt-in-use","severity":"note","tunnel":1}
J
}
