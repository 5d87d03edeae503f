# b loses all state, starts again and initiates anew.
keys=yes

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP, a pings. b crashes: its daemon and its SAs are gone. a goes on sending
on the old SA. After 5 s b is back and initiates anew; a drops the old SAs and traffic goes on.
T
}

scenario() {
    capture peer-restarted m:ma pcapng
    up
    ping_start a 1
    sleep 8
    daemon_kill b
    on b ip xfrm state flush
    on b ip xfrm policy flush
    event "b crashes and loses its SAs"
    sleep 5
    rm -f /run/lab/b/vici
    daemon_start b
    event "b is back and initiates"
    swan b --initiate --child net
    sleep 8
    ping_stop a
}

expected() {
    tunnel_record
    finding_record peer-restarted ',"severity":"warning","peer_to_check":{"address":"@b@"}'
}
