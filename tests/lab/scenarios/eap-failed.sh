# The initiator's EAP password is wrong.
keys=yes
auth_a=eap-md5
ike_a=aes128gcm16-prfsha256-modp2048
ike_b=$ike_a
plugins="$plugins md5 eap-identity eap-md5"
conn_a='local {
            eap_id = user
        }'
conn_b='remote {
            eap_id = %any
        }'
secrets_a='eap-lab {
        id = user
        secret = wrong-secret
    }'
secrets_b='eap-lab {
        id = user
        secret = eap-secret
    }'

about() {
    cat <<'T'
IKEv2: a authenticates by EAP-MD5 with a wrong password; b asks for the identity, then for the proof,
and answers the third IKE_AUTH request with EAP Failure. a's INFORMATIONAL after it finds no IKE SA on
b any more and stays unanswered. a is started twice.
T
}

scenario() {
    capture eap-failed m:ma pcapng
    up
    sleep 5
    up
    sleep 3
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"state":"failed","nat":"none"}
{"type":"finding","id":"eap-failed","severity":"error","tunnel":1,"keyed":{"provenance":"decrypted"}}
J
}
