# A tunnel is closed in order.
ike_a=aes256gcm16-prfsha256-modp2048
ike_b=aes256gcm16-prfsha256-modp2048

about() {
    cat <<'T'
A healthy IKEv2 tunnel (AES-GCM) with raw ESP that a closes: Delete for the IKE SA, answered, and
nothing more from either side.
T
}

scenario() {
    capture delete-clean m:ma pcap
    up
    ping_for a 6 1
    event "idle"
    sleep 6
    ping_for b 4 1
    event "a deletes the IKE SA"
    swan a --terminate --ike lab
    sleep 10
    # Something that shows how long the capture went on.
    event "a pings b's outer address"
    on a ping -q -c 2 "$b" >/dev/null
}

expected() {
    cat <<'J'
{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw","state":"closed","nat":"none"}
J
}
