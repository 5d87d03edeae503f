# libreswan cannot decrypt what arrives, as behind a box that rewrites IKE.
peer_b=libreswan

about() {
    cat <<'T'
IKEv2: IKE_SA_INIT succeeds, but b (libreswan, impaired: corrupt-encrypted) finds each IKE_AUTH request
damaged and drops it silently, as if something on the way rewrote it.
T
}

scenario() {
    capture libreswan-auth-undecryptable m:ma pcapng
    whack --impair corrupt-encrypted
    up
    sleep 2
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"ike-auth-no-response","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
