# UDP port 4500 does not reach b's daemon, port 500 does.
nat=yes

about() {
    cat <<'T'
IKEv2 through a NAT in front of a: IKE_SA_INIT on port 500 succeeds and finds the NAT, so a goes on
from port 4500, which b's host filter drops. The IKE_AUTH request is sent four times in vain.
T
}

scenario() {
    capture natt-4500-blocked m:ma pcapng
    on b iptables-legacy -A INPUT -p udp --dport 4500 -j DROP
    up
    sleep 2
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a_outside@","behind_nat":true},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"detected"}
{"type":"finding","id":"natt-4500-blocked","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
