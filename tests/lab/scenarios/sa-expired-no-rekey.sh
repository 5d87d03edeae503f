# b's SA ends with its lifetime; nobody rekeys, and a does not hear of it.
child_b='life_time = 60s
                rekey_time = 0
                rand_time = 0'
retransmit_timeout=8

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP; only b has a lifetime, 60 s, for the Child SA, and no time for a
rekey. When it is over b deletes its SAs; a filter on b drops what b says about that (INFORMATIONAL
requests), as with a peer that says nothing. a pings on, without answers, and its DPD is answered.
T
}

scenario() {
    # Byte 19 of the IKE header has the flags, 0x20 for a response.
    ike_drop b OUTPUT 37 -m u32 --u32 '0>>22&0x3C@24&0x20=0'
    capture sa-expired-no-rekey m:ma pcapng
    up
    ping_start a 2
    sleep 95
    ping_stop a
}

expected() {
    tunnel_record established
    finding_record sa-expired-no-rekey ',"peer_to_check":{"address":"@b@"}'
}
