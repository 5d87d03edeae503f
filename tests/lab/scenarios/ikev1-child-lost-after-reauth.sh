# IKEv1: a new phase 1, and phase 2 is not made again.
ike_version=1

about() {
    cat <<'T'
An IKEv1 tunnel with raw ESP under traffic; a deletes the phase 2 SAs and the ISAKMP SA, and at once
makes a new ISAKMP SA, but no quick mode follows: traffic has ended. DPD goes on.
T
}

scenario() {
    capture ikev1-child-lost-after-reauth m:ma pcapng
    up
    ping_start a 0.5
    sleep 8
    event "a deletes all and makes only phase 1 again"
    swan a --terminate --ike lab
    swan a --initiate --ike lab
    sleep 20
    ping_stop a
}

expected() {
    tunnel_record | sed 's/"ike_version":2/"ike_version":1/'
    finding_record ikev1-child-lost-after-reauth
}
