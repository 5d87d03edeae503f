# IKEv1 phase 1 is renewed, phase 2 stays.
ike_version=1
keys=yes

about() {
    cat <<'T'
A healthy IKEv1 tunnel with raw ESP under traffic; a reauthenticates: a new ISAKMP SA is made, the old
one is deleted, and the phase 2 SAs move to the new one and stay as they are.
T
}

scenario() {
    capture healthy-ikev1-reauth m:ma pcap.gz
    # On a fast path a's daemon gets the answer before it is ready for it, and asks again.
    m_netem ma delay 30ms
    up
    ping_start a 1
    sleep 6
    event "a reauthenticates"
    swan a --rekey --ike lab
    sleep 10
    ping_stop a
    event "idle"
    sleep 9
    ping_for b 4 1
}

expected() {
    tunnel_record | sed 's/"ike_version":2/"ike_version":1/'
}
