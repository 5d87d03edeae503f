# The IKE_AUTH response is too large for one packet, and IP fragments are dropped.
certs=yes
auth_b=pubkey
key_type=rsa:4096
conn_a='fragmentation = no'
conn_b='fragmentation = no'

about() {
    cat <<'T'
IKEv2, a with a pre-shared key, b with an RSA certificate of 4096 bits, IKE fragmentation off: b's
IKE_AUTH response takes two IP fragments. m, the router between the peers, drops all fragments but
first ones, so a never gets it and asks again. This is the view behind that filter, towards a.
T
}

scenario() {
    capture ike-fragments-lost-response m:ma pcap
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
