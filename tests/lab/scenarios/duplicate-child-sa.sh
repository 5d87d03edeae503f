# Both sides make the same Child SA at the same time.
keys=yes
unpaired=yes

about() {
    cat <<'T'
An IKEv2 tunnel with raw ESP over a path of 300 ms each way. There is an IKE SA without Child SA;
then both sides make one for the same networks at once, and the CREATE_CHILD_SA requests cross. No
rule of RFC 7296 removes one of the two, so both stay: a sends on the one it made, b on the other.
All pings are answered.
T
}

scenario() {
    m_netem ma delay 300ms
    m_netem mb delay 300ms
    capture duplicate-child-sa m:ma pcapng
    event "a makes an IKE SA"
    swan a --initiate --ike lab
    sleep 2
    event "both make a Child SA"
    swan a --initiate --child net &
    _initiate=$!
    swan b --initiate --child net
    wait $_initiate
    ping_for a 12 1
    ping_for b 12 1
}

expected() {
    tunnel_record established
    # Without keys there is one SPI each way, whichever pair it belongs to.
    finding_record duplicate-child-sa ',"severity":"warning","only":"keyed"'
}
