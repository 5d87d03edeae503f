# IKE finds the NAT, yet ESP goes without UDP encapsulation.
nat=yes

about() {
    cat <<'T'
IKEv2 through a NAT in front of a, with IKE on port 4500; but both kernels use the Child SA without
UDP encapsulation, as with a daemon told to ignore the NAT: ESP is protocol 50. This NAT lets one
such peer through, so the pings are answered. Seen outside of the NAT.
T
}

scenario() {
    capture nat-without-natt m:ma pcapng
    up
    for _peer in a b; do
        _far=$a
        [ $_peer = a ] || _far=$a_outside
        sa_native $_peer "$b" "$_far"
        sa_native $_peer "$_far" "$b"
    done
    event "ESP without encapsulation starts"
    ping_for a 20 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a_outside@","behind_nat":true},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"detected"}
{"type":"finding","id":"nat-without-natt","tunnel":1}
J
}
