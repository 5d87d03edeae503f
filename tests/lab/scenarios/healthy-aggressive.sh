# A healthy IKEv1 tunnel by aggressive mode with a pre-shared key.
keys=yes
ike_version=1
conn_a='aggressive = yes'
conn_b='aggressive = yes'
charon_extra='i_dont_care_about_security_and_use_aggressive_mode_psk = yes'

about() {
    cat <<'T'
A healthy IKEv1 tunnel by aggressive mode with a pre-shared key, with traffic and liveness checks. The
hash that answers the first message can be attacked offline, which is worth a note.
T
}

scenario() {
    capture healthy-aggressive m:ma pcap
    up
    ping_for a 4 1
    sleep 5
    ping_for b 3 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@","behind_nat":false}],"ike_version":1,"encapsulation":"raw","state":"established"}
{"type":"finding","id":"ikev1-aggressive-psk","severity":"note","tunnel":1}
J
}
