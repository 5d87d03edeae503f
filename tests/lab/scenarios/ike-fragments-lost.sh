# IKE_AUTH is too large for one packet, IKE fragmentation is off, and IP fragments are dropped.
certs=yes
auth_a=pubkey
auth_b=pubkey
key_type=rsa:4096
conn_a='fragmentation = no'
conn_b='fragmentation = no'

about() {
    cat <<'T'
IKEv2 with RSA certificates of 4096 bits and IKE fragmentation off: a's IKE_AUTH request takes two IP
fragments. m, the router between the peers, drops all fragments but first ones, so b never gets it.
T
    case $1 in
    *-b-side) echo "This is the view behind that filter: first fragments only." ;;
    *) echo "This is the view in front of that filter: the fragments are complete." ;;
    esac
}

scenario() {
    capture ike-fragments-lost m:ma pcapng
    capture ike-fragments-lost-b-side m:mb pcap
    on m iptables-legacy -A FORWARD -f -j DROP
    up
    sleep 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"ike-fragments-lost","severity":"error","tunnel":1}
J
}
