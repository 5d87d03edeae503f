# a moves to another address and says so with MOBIKE.
mobike=yes
moved=yes
keys=yes

about() {
    cat <<'T'
A healthy IKEv2 tunnel with MOBIKE: IKE on port 4500, ESP raw. a loses its address 192.0.2.1 and has
192.0.2.7 instead; it tells b so with UPDATE_SA_ADDRESSES, and traffic goes on between the new
addresses on the same SAs.
T
}

scenario() {
    second_address
    capture healthy-mobike-move m:ma pcapng
    up
    ping_for a 6 1
    address_change
    event "a moves from 192.0.2.1 to 192.0.2.7"
    sleep 2
    ping_for a 6 1
    event "idle"
    sleep 9
    ping_for b 5 1
}

expected() {
    echo '{"type":"finding","id":"mobike-update","severity":"note"}'
}
