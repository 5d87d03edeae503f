# One side encapsulates ESP in UDP, the other does not.
encap=yes

about() {
    cat <<'T'
An IKEv2 tunnel with UDP encapsulation forced on both sides, no NAT. After 8 s b's outbound SA is
installed without encapsulation (ip xfrm; keys and counter as before): a goes on with ESP in UDP and
b answers with plain protocol 50 on the same SPI, which a does not accept.
T
}

scenario() {
    capture esp-encap-mismatch m:ma pcapng
    up
    ping_start a 1
    sleep 8
    sa_edit b "$b" "$a"
    event "b sends ESP without UDP encapsulation"
    sleep 25
    ping_stop a
}

expected() {
    echo '{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2,"state":"established"}'
    finding_record esp-encap-mismatch ',"severity":"error"'
}
