# The pre-shared keys differ at first and agree later.
keys=yes
psk_b=another-secret

about() {
    cat <<'T'
IKEv2: a's first attempt fails, because the pre-shared keys differ; then b gets the right one, and the
second attempt succeeds. Traffic flows.
T
}

scenario() {
    capture auth-recovered m:ma pcapng
    up
    sleep 3
    event "b gets the right key"
    sed -i "s/another-secret/$psk_a/" /run/lab/b/swanctl.conf
    swan b --load-creds --clear --file /run/lab/b/swanctl.conf
    up
    ping_for a 4 1
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"expect","max_other_severity":"warning"}
J
}
