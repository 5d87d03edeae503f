# IKEv1: ESP in UDP ends up on port 500, where IKE is expected.
peer_b=libreswan
ike_version=1
nat=yes
pluto_right=192.0.2.1
pluto_extra='nat-ikev1-method=none'

about() {
    cat <<'T'
IKEv1 through a NAT in front of a. Both sides see the NAT (NAT-D), and a (strongSwan) moves to port 4500
with message 5, as RFC 3947 wants it; b (libreswan), told not to do NAT traversal, answers from port 500
to port 500, and a goes back there. Both then use ESP in UDP on port 500, without anything that tells
it from IKE: b takes a's ESP for IKE, and no ping is answered. Seen outside of the NAT.
T
}

scenario() {
    capture esp-over-500 m:ma pcapng
    up
    ping_for a 15 1
}

expected() {
    echo '{"type":"tunnel","peers":[{"address":"@a_outside@"},{"address":"@b@"}],"ike_version":1}'
    finding_record esp-over-500
}
