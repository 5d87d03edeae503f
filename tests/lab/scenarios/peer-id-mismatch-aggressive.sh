# a behind a NAT names itself by its private address, b expects the public one; aggressive mode.
ike_version=1
nat=yes
charon_extra='i_dont_care_about_security_and_use_aggressive_mode_psk = yes'
conn_a='aggressive = yes
        local {
            id = 10.0.0.2
        }'
conn_b='aggressive = yes
        remote {
            id = 192.0.2.1
        }'
secrets_a='ike-address {
        id-1 = 10.0.0.2
        id-2 = b.example
        secret = lab-secret
    }'
secrets_b='ike-address {
        id-1 = 192.0.2.1
        id-2 = b.example
        secret = lab-secret
    }'

about() {
    cat <<'T'
IKEv1 aggressive mode with a NAT in front of a: a names itself by its own address, 10.0.0.2, in clear;
b expects 192.0.2.1, the address that it sees, and refuses. a is started twice.
T
}

scenario() {
    capture peer-id-mismatch-aggressive m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a_outside@"},{"address":"@b@"}],"ike_version":1}
{"type":"finding","id":"peer-id-mismatch","severity":"error","tunnel":1}
J
}
