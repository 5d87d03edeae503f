# a asks for an inner address by Mode Config, b has none to give, IKEv1.
keys=yes
ike_version=1
conn_a='vips = 0.0.0.0'
child_a='local_ts = dynamic'

about() {
    cat <<'T'
IKEv1: a asks for an inner address in a Transaction exchange after main mode; b has no pool and
answers without one. a goes on to Quick Mode with its outer address, which b refuses with
INVALID-ID-INFORMATION. a tries Quick Mode twice.
T
}

scenario() {
    capture modecfg-failed m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"nat":"none"}
{"type":"finding","id":"child-not-established","severity":"error","tunnel":1,"keyed":{"id":"modecfg-failed","provenance":"decrypted"}}
{"type":"expect","max_other_severity":"error"}
J
}
