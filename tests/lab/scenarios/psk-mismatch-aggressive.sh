# The pre-shared keys differ, IKEv1 aggressive mode.
ike_version=1
psk_b=another-secret
conn_a='aggressive = yes'
conn_b='aggressive = yes'
charon_extra='i_dont_care_about_security_and_use_aggressive_mode_psk = yes'

about() {
    cat <<'T'
IKEv1 aggressive mode: the peers have different pre-shared keys, so the hash in b's message 2 is wrong
for a, which sends no message 3 but an Informational. b repeats its message 2. a is started twice.
T
}

scenario() {
    capture psk-mismatch-aggressive m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":1}
{"type":"finding","id":"ikev1-psk-mismatch","severity":"error","tunnel":1}
J
}
