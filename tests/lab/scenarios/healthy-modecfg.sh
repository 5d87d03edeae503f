# A healthy tunnel whose initiator gets an inner address from b's pool.
keys=yes
ike_version=1
conn_a='vips = 0.0.0.0'
child_a='local_ts = dynamic'
child_b='remote_ts = dynamic'
conn_b='pools = lab'
pools_b='lab {
        addrs = 10.30.0.1-10.30.0.9
    }'

about() {
    cat <<'T'
A healthy IKEv1 tunnel: a asks for an inner address by Mode Config and gets 10.30.0.1
from b's pool. Traffic and liveness checks.
T
}

scenario() {
    capture healthy-modecfg m:ma pcapng
    up
    inner_a=10.30.0.1
    ping_for a 4 1
    sleep 5
    ping_for b 3 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"encapsulation":"raw","state":"established","nat":"none"}
J
}
