# Large certificates, IKE fragmentation off: IKE_AUTH goes as IP fragments, and arrives.
keys=yes
certs=yes
auth_a=pubkey
auth_b=pubkey
key_type=rsa:4096
conn_a='fragmentation = no'
conn_b='fragmentation = no'

about() {
    cat <<'T'
A healthy IKEv2 tunnel with RSA certificates of 4096 bits and IKE fragmentation off: both IKE_AUTH
messages take two IP fragments each. Traffic and liveness checks.
T
}

scenario() {
    capture healthy-ike-ip-fragments m:ma pcapng
    up
    ping_for a 4 1
    sleep 5
    ping_for b 3 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
