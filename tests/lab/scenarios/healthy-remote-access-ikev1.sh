# A healthy remote access, IKEv1: NAT, aggressive mode, XAUTH, an inner address.
keys=yes
ike_version=1
nat=yes
keep_alive=4s
plugins="$plugins xauth-generic"
charon_extra='i_dont_care_about_security_and_use_aggressive_mode_psk = yes'
conn_a='aggressive = yes
        vips = 0.0.0.0
        local-xauth {
            auth = xauth
            xauth_id = user
        }'
conn_b='aggressive = yes
        pools = lab
        remote-xauth {
            auth = xauth
        }'
child_a='local_ts = dynamic'
child_b='remote_ts = dynamic'
pools_b='lab {
        addrs = 10.30.0.1-10.30.0.9
    }'
secrets_a='xauth-lab {
        id = user
        secret = xauth-secret
    }'
secrets_b=$secrets_a

about() {
    cat <<'T'
A healthy IKEv1 remote access: a, behind a NAT, uses aggressive mode with a group's pre-shared key,
then XAUTH, and gets an inner address by Mode Config. Traffic, NAT keepalives, liveness checks.
T
}

scenario() {
    capture healthy-remote-access-ikev1 m:ma pcapng
    up
    inner_a=10.30.0.1
    ping_for a 4 1
    sleep 9
    ping_for b 3 1
    sleep 4
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a_outside@"},{"address":"@b@","behind_nat":false}],"ike_version":1,"encapsulation":"udp","state":"established"}
{"type":"finding","id":"ikev1-aggressive-psk","severity":"note","tunnel":1}
J
}
