# libreswan initiates without a Child SA in IKE_AUTH.
keys=yes
peer_b=libreswan

about() {
    cat <<'T'
A healthy IKEv2 tunnel whose IKE_AUTH carries no Child SA (RFC 6023): b (libreswan, impaired:
omit-v2-ike-auth-child) initiates; later a asks for a Child SA in CREATE_CHILD_SA.
T
}

scenario() {
    capture libreswan-childless m:ma pcapng
    whack --impair omit-v2-ike-auth-child
    event "b initiates"
    whack --initiate --name lab
    sleep 6
    event "a asks for a Child SA"
    swan a --initiate --child net
    ping_for a 6 1
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"childless","severity":"note","tunnel":1}
J
}
