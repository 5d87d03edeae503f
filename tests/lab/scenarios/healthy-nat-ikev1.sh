# IKEv1 through a NAT.
nat=yes
ike_version=1
keep_alive=5s
keys=yes

about() {
    cat <<'T'
A healthy IKEv1 tunnel whose initiator a is behind a masquerading router: NAT-D payloads in main mode,
then port 4500, ESP in UDP, NAT keepalives, DPD and a second quick mode. Seen outside of the NAT.
T
}

scenario() {
    capture healthy-nat-ikev1 m:ma pcap
    up
    ping_for a 6 1
    event "idle"
    sleep 14
    event "a rekeys phase 2"
    swan a --rekey --child net
    ping_for b 6 1
}

expected() {
    tunnel_record_nat established | sed 's/"ike_version":2/"ike_version":1/'
}
