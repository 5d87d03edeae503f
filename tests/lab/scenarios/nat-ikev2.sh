# A healthy tunnel whose initiator is behind a NAT, seen outside and inside of the NAT.
keys=yes
nat=yes
keep_alive=4s
dpd_delay_a=14s
dpd_delay_b=14s
ike_a=aes256gcm16-prfsha256-modp2048
ike_b=aes256gcm16-prfsha256-modp2048
esp_a=aes256gcm16
esp_b=aes256gcm16

about() {
    cat <<'T'
A healthy IKEv2 tunnel (AES-GCM) whose initiator a, 10.0.0.2, is behind a masquerading router that
shows it as 192.0.2.1. ESP is UDP-encapsulated; a sends NAT keepalives when idle.
T
    case $1 in
    *-inside) echo "This is the view between a and the NAT; nat-ikev2 is the same tunnel outside." ;;
    *) echo "This is the view outside of the NAT; nat-ikev2-inside is the same tunnel inside." ;;
    esac
}

scenario() {
    capture nat-ikev2 m:ma pcapng
    capture nat-ikev2-inside n:na pcap.gz
    up
    ping_for a 6 1
    event "idle"
    sleep 18
    event "a rekeys the Child SA"
    swan a --rekey --child net
    ping_for b 6 1
    event "idle"
    sleep 16
    ping_for a 3 1
}

expected() {
    address=@a_outside@
    case $1 in
    *-inside) address=@a@ ;;
    esac
    sed "s/ADDRESS/$address/" <<'J'
{"type":"tunnel","peers":[{"address":"ADDRESS","behind_nat":true},{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"udp","state":"established","nat":"detected"}
{"type":"finding","id":"natt-in-use","severity":"note","tunnel":1}
J
}
