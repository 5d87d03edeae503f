# One Child SA works, a second one is refused.
keys=yes
ike_a=aes256gcm16-prfsha256-curve25519
ike_b=$ike_a
esp_a=aes256gcm16
esp_b=aes256gcm16
children_a='second {
                local_ts = 10.10.0.0/24
                remote_ts = 10.99.0.0/24
                esp_proposals = aes256gcm16
            }'

about() {
    cat <<'T'
IKEv2: the Child SA for 10.10.0.0/24 === 10.20.0.0/24 works. a also wants 10.99.0.0/24, which b does
not protect: b refuses that CREATE_CHILD_SA with TS_UNACCEPTABLE, twice. So the tunnel is half up.
T
}

scenario() {
    capture second-child-refused m:ma pcapng
    up
    ping_start a 1
    sleep 4
    event "a initiates the second Child SA"
    swan a --initiate --child second || event "it is refused"
    sleep 4
    event "a initiates the second Child SA"
    swan a --initiate --child second || event "it is refused"
    sleep 3
    ping_stop a
    sleep 5
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
{"type":"finding","id":"ts-unacceptable","tunnel":1,"only":"keyed","peer_to_check":{"address":"@b@"},"provenance":"decrypted"}
{"type":"expect","max_other_severity":"warning"}
J
}
