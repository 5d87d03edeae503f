# The third Quick Mode message never reaches b, IKEv1.
ike_version=1

about() {
    cat <<'T'
IKEv1: b's host filter drops the third Quick Mode message, which is shorter than the first: b sends its
own again and again and never installs the SA, while a believes that it is up and sends ESP.
T
}

scenario() {
    capture qm3-lost m:ma pcapng
    ike_drop b INPUT 32 -m length --length 0:130
    up
    ping_for a 14 1
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":1,"nat":"none"}
{"type":"finding","id":"ikev1-qm3-lost","severity":"error","tunnel":1}
J
}
