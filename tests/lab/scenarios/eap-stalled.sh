# EAP begins and stops in the middle.
keys=yes
auth_a=eap-md5
retransmit_timeout=2.5
plugins="$plugins md5 eap-identity eap-md5"
conn_a='local {
            eap_id = user
        }'
conn_b='remote {
            eap_id = %any
        }'
secrets_a='eap-lab {
        id = user
        secret = eap-secret
    }'
secrets_b=$secrets_a

about() {
    cat <<'T'
IKEv2 with EAP-MD5: b answers a's first IKE_AUTH request, but nothing comes back for the second, as if
b's authentication server did not answer (b's host filter drops message ID 2). a sends it four times
in vain.
T
}

scenario() {
    capture eap-stalled m:ma pcapng
    # The message ID is bytes 20 to 23 of the IKE header.
    ike_drop b INPUT 35 -m u32 --u32 '0>>22&0x3C@28=2'
    event "a initiates"
    swan a --initiate --child net --timeout 27 || event "a gives up soon"
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"nat":"none"}
{"type":"finding","id":"eap-stalled","severity":"error","tunnel":1,"peer_to_check":{"address":"@b@"}}
J
}
