# Main mode's message 5 is too large for one packet, and IP fragments are dropped.
ike_version=1
family=6
certs=yes
auth_a=pubkey
auth_b=pubkey
key_type=rsa:4096
conn_a='fragmentation = no'
conn_b='fragmentation = no'

about() {
    cat <<'T'
IKEv1 over IPv6 with RSA certificates of 4096 bits and IKE fragmentation off: a's message 5 takes two
IP fragments. m, the router between the peers, drops all fragments but first ones, so b never gets it.
T
}

scenario() {
    capture ike-fragments-lost-ikev1 m:ma pcapng
    on m ip6tables-legacy -A FORWARD -m frag --fragmore -j ACCEPT
    on m ip6tables-legacy -A FORWARD -m frag -j DROP
    up
    sleep 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"nat":"none"}
{"type":"finding","id":"ike-fragments-lost","severity":"error","tunnel":1}
J
}
