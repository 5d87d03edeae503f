# A healthy tunnel whose initiator authenticates by EAP.
keys=yes
auth_a=eap-md5
plugins="$plugins md5 eap-identity eap-md5"
secrets_a='eap-lab {
        id = a.example
        secret = eap-secret
    }'
secrets_b=$secrets_a

about() {
    cat <<'T'
A healthy IKEv2 tunnel: a authenticates by EAP-MD5 in four IKE_AUTH exchanges, b by a pre-shared key.
T
}

scenario() {
    capture healthy-eap m:ma pcapng
    up
    ping_for a 4 1
    sleep 5
    ping_for b 3 1
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"established","nat":"none"}
J
}
