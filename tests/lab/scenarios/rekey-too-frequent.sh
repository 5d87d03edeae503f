# The Child SA is rekeyed every 7 s.
ike_a=aes256gcm16-prfsha256-modp2048
ike_b=aes256gcm16-prfsha256-modp2048
child_a='rekey_time = 7s
                rand_time = 0
                life_time = 60s'

about() {
    cat <<'T'
A working IKEv2 tunnel with raw ESP; a is told to rekey the Child SA every 7 s, which it does five
times under traffic.
T
}

scenario() {
    capture rekey-too-frequent m:ma pcapng
    up
    ping_start a 1
    sleep 40
    ping_stop a
}

expected() {
    tunnel_record established
    finding_record rekey-too-frequent ',"severity":"warning"'
}
