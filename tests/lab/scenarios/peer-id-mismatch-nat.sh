# a behind a NAT names itself by its private address, b expects the public one.
keys=yes
nat=yes
conn_a='local {
            id = 10.0.0.2
        }'
conn_b='remote {
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
IKEv2 with a NAT in front of a: a names itself by its own address, 10.0.0.2, b expects 192.0.2.1, the
address that it sees, and answers AUTHENTICATION_FAILED. Without keys it looks as different pre-shared
keys do. a is started twice.
T
}

scenario() {
    capture peer-id-mismatch-nat m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a_outside@","behind_nat":true},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"failed","nat":"detected"}
{"type":"finding","id":"auth-failed","severity":"error","tunnel":1,"keyed":{"id":"peer-id-mismatch","provenance":"decrypted"}}
J
}
