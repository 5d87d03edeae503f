# a uses aggressive mode, b main mode only.
ike_version=1
conn_a='aggressive = yes'

about() {
    cat <<'T'
IKEv1: a initiates in aggressive mode, which b does not allow with pre-shared keys; b answers with an
Informational in clear, AUTHENTICATION-FAILED. a is started twice.
T
}

scenario() {
    capture mode-mismatch-ikev1-aggressive m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":1,"state":"failed"}
{"type":"finding","id":"ikev1-mode-mismatch","severity":"error","tunnel":1}
J
}
