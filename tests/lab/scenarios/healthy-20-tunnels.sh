# Twenty tunnels at once.
ike_a=aes128gcm16-prfsha256-x25519
ike_b=aes128gcm16-prfsha256-x25519
esp_a=aes128gcm16
esp_b=aes128gcm16

about() {
    cat <<'T'
Twenty healthy IKEv2 tunnels with raw ESP, between 192.0.2.101-120 and 198.51.100.101-120, with traffic
in all of them at the same time and idle phases with DPD; five are rekeyed.
T
}

more_connections() { # NS OTHER-NS OUTER OTHER-OUTER: of that peer, in place of the usual one
    sed -i '/^connections/,/^}/d' "/run/lab/$1/swanctl.conf"
    {
        echo 'connections {'
        for _i in $(seq 20); do
            cat <<CONF
    t$_i {
        version = 2
        local_addrs = $3$((100 + _i))
        remote_addrs = $4$((100 + _i))
        proposals = $ike_a
        mobike = no
        dpd_delay = 4s
        local {
            auth = psk
            id = $1.example
        }
        remote {
            auth = psk
            id = $2.example
        }
        children {
            n$_i {
                local_ts = 10.$([ "$1" = a ] && echo 10 || echo 20).$_i.0/24
                remote_ts = 10.$([ "$1" = a ] && echo 20 || echo 10).$_i.0/24
                esp_proposals = $esp_a
                rekey_time = 0
            }
        }
    }
CONF
        done
        echo '}'
    } >>"/run/lab/$1/swanctl.conf"
    swan "$1" --load-all --file "/run/lab/$1/swanctl.conf"
}

scenario() {
    for _i in $(seq 20); do
        address a eth "192.0.2.$((100 + _i))/24"
        address b eth "198.51.100.$((100 + _i))/24"
        on a ip route add "198.51.100.$((100 + _i))" via "$ma"
        on b ip route add "192.0.2.$((100 + _i))" via "$mb"
        address a lo "10.10.$_i.1/32"
        address b lo "10.20.$_i.1/32"
    done
    more_connections a b 192.0.2. 198.51.100.
    more_connections b a 198.51.100. 192.0.2.
    capture healthy-20-tunnels m:ma pcap.gz
    event "a initiates all"
    for _i in $(seq 20); do
        swan a --initiate --child "n$_i"
    done
    event "traffic"
    for _i in $(seq 20); do
        ip netns exec a ping -q -i 1 -c 5 -s 8 -I "10.10.$_i.1" "10.20.$_i.1" >>/run/out/a.ping &
    done
    sleep 12
    event "a rekeys five Child SAs"
    for _i in 3 7 8 12 19; do
        swan a --rekey --child "n$_i"
    done
    for _i in $(seq 20); do
        ip netns exec b ping -q -i 1 -c 3 -s 8 -I "10.20.$_i.1" "10.10.$_i.1" >>/run/out/b.ping &
    done
    sleep 6
}

expected() {
    for i in $(seq 101 120); do
        echo '{"type":"tunnel","peers":[{"address":"192.0.2.'"$i"'","behind_nat":false},' \
            '{"address":"198.51.100.'"$i"'","behind_nat":false}],"ike_version":2,' \
            '"encapsulation":"raw","state":"established","nat":"none"}'
    done
}
