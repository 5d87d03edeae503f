# A healthy remote access: NAT, EAP, an inner address, a gateway with a certificate.
keys=yes
nat=yes
certs=yes
auth_a=eap-md5
auth_b=pubkey
key_type=rsa:2048
keep_alive=4s
plugins="$plugins md5 eap-identity eap-md5"
conn_a='vips = 0.0.0.0
        local {
            eap_id = user
        }'
conn_b='pools = lab
        remote {
            eap_id = %any
        }'
child_a='local_ts = dynamic'
child_b='remote_ts = dynamic'
pools_b='lab {
        addrs = 10.30.0.1-10.30.0.9
    }'
secrets_a='eap-lab {
        id = user
        secret = eap-secret
    }'
secrets_b=$secrets_a
charon_extra='fragment_size = 600'

about() {
    cat <<'T'
A healthy IKEv2 remote access: a, behind a NAT, authenticates by EAP-MD5, b by an RSA certificate, its
answer in IKE fragments of 600 bytes; b gives a an inner address. Traffic, NAT keepalives, a rekey by b.
T
}

scenario() {
    capture healthy-road-warrior m:ma pcapng
    up
    inner_a=10.30.0.1
    ping_for a 4 1
    sleep 9
    event "b rekeys the Child SA"
    swan b --rekey --child net
    ping_for a 3 1
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a_outside@","behind_nat":true},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"udp","state":"established","nat":"detected"}
{"type":"finding","id":"natt-in-use","severity":"note","tunnel":1}
J
}
