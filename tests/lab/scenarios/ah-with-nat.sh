# AH through a NAT, which cannot work.
nat=yes
esp_a='' esp_b=''

about() {
    cat <<'T'
An IKEv2 IKE SA whose initiator a is behind a NAT, and AH between the same peers with keys set by hand
(ip xfrm), as with a daemon that does not mind the NAT; strongSwan refuses AH there. AH protects the
addresses, which the NAT changes, and cannot be encapsulated in UDP: b drops all of it and no ping is
answered. Seen outside of the NAT.
T
}

ah_manual() { # NS SRC DST SPI
    on "$1" ip xfrm state add src "$2" dst "$3" proto ah spi "$4" reqid 7 mode tunnel \
        auth-trunc 'hmac(sha256)' 0x000102030405060708090a0b0c0d0e0f1011121314151617 128
}

scenario() {
    ah_manual a "$a" "$b" 0x1001
    ah_manual a "$b" "$a" 0x1002
    ah_manual b "$a_outside" "$b" 0x1001
    ah_manual b "$b" "$a_outside" 0x1002
    on a ip xfrm policy add src "$net_a" dst "$net_b" dir out \
        tmpl src "$a" dst "$b" proto ah reqid 7 mode tunnel
    on a ip route add "$inner_b" via 10.0.0.1
    capture ah-with-nat m:ma pcapng
    event "a makes an IKE SA"
    swan a --initiate --ike lab
    event "traffic with AH"
    ping_for a 20 1
}

expected() {
    echo '{"type":"tunnel","peers":[{"address":"@a_outside@","behind_nat":true},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"detected"}'
    finding_record ah-with-nat
}
