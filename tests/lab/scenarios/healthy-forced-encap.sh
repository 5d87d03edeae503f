# UDP encapsulation forced by configuration, without a NAT.
encap=yes
esp_a=aes256gcm16
esp_b=aes256gcm16

about() {
    cat <<'T'
A healthy IKEv2 tunnel with "encap = yes" on both sides and no NAT: strongSwan puts random bytes
into its NAT_DETECTION_SOURCE_IP, so both sides look as if behind NAT, and ESP is UDP-encapsulated.
On the wire this cannot be told from two NATs that keep addresses and ports; the note may be
natt-in-use or natt-forced, so no line asks for one of them.
T
}

scenario() {
    capture healthy-forced-encap m:ma pcapng
    up
    ping_for a 6 1
    event "idle"
    sleep 9
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 5 1
    event "idle"
    sleep 7
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@"},{"address":"@b@"}],"ike_version":2,"encapsulation":"udp","state":"established"}
J
}
