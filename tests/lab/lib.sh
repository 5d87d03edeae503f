# Shared by all scenarios; sourced inside the User Mode Linux and, for its settings, by expect.
# shellcheck shell=sh disable=SC2034
#
# Without NAT:  a 192.0.2.1 ---- m ---- 198.51.100.1 b
# With NAT:     a 10.0.0.2 ---- n 192.0.2.1 ---- m ---- 198.51.100.1 b
# m routes and is where most captures are made. The protected networks are 10.10.0.0/24 behind a
# and 10.20.0.0/24 behind b (one address each, on the loopback).

# Settings; a scenario overrides them at its top, before anything runs.
# Who is b: strongswan, libreswan or openiked (a is always strongSwan).
peer_b=strongswan
family=4
nat=no
ike_version=2
mobike=no
encap=no
ike_a=aes256-sha256-modp2048
ike_b=aes256-sha256-modp2048
esp_a=aes256-sha256
esp_b=aes256-sha256
dpd_delay_a=4s
dpd_delay_b=4s
dpd_timeout_a=14s
dpd_timeout_b=14s
psk_a=lab-secret
psk_b=lab-secret
# What each peer proves itself with: psk, pubkey (with certs=yes), eap-md5.
auth_a=psk
auth_b=psk
certs=no
key_type=EC
keep_alive=20s
# More text for a peer's swanctl.conf (connection, Child SA, secrets and pools sections; what is
# named twice there counts as written last) and for its strongswan.conf.
conn_a='' conn_b='' child_a='' child_b='' secrets_a='' secrets_b=''
pools_a='' pools_b='' charon_a='' charon_b=''
# Further Child SAs: whole sections.
children_a='' children_b=''
retransmit_timeout=1.5
snaplen=0
plugins='random nonce openssl aes sha1 sha2 hmac kdf gcm gmp curve25519 chapoly'
plugins="$plugins kernel-netlink socket-default vici"

addresses() {
    if [ "$family" = 6 ]; then
        a=2001:db8:a::1 b=2001:db8:b::1 ma=2001:db8:a::fe mb=2001:db8:b::fe plen=64
        inner_a=fd00:10::1 inner_b=fd00:20::1 net_a=fd00:10::/64 net_b=fd00:20::/64
    else
        a=192.0.2.1 b=198.51.100.1 ma=192.0.2.254 mb=198.51.100.254 plen=24
        inner_a=10.10.0.1 inner_b=10.20.0.1 net_a=10.10.0.0/24 net_b=10.20.0.0/24
    fi
    a_outside=$a
    if [ "$nat" = yes ]; then
        a=10.0.0.2
    fi
}
addresses

# Not for background commands: $! would be a shell in front of the command.
on() { # NAMESPACE COMMAND...: run it there
    _ns=$1
    shift
    ip netns exec "$_ns" "$@"
}

fact() { # WORDS...: what was configured, for the expectations
    echo "$*" >>/run/out/facts
}

event() { # TEXT: what was done just now
    echo "event $(date +%s.%6N) $*" >>/run/out/facts
}

link() { # NS1 IF1 NS2 IF2: join two namespaces
    links=$((${links:-0} + 1))
    ip link add "$2" netns "$1" address "02:00:00:00:0$links:01" type veth \
        peer name "$4" netns "$3" address "02:00:00:00:0$links:02"
    on "$1" ethtool -K "$2" tx off rx off gso off gro off tso off >/dev/null 2>&1 || true
    on "$3" ethtool -K "$4" tx off rx off gso off gro off tso off >/dev/null 2>&1 || true
}

address() { # NS IF ADDRESS/LENGTH
    case $3 in
    *:*) on "$1" ip addr add "$3" dev "$2" nodad ;;
    *) on "$1" ip addr add "$3" dev "$2" ;;
    esac
    on "$1" ip link set dev "$2" up
}

# Loading modules takes seconds here, which would show as a slow peer and retransmissions: install
# and remove an SA with the tunnel's algorithms, so that all are there when the daemons need them.
algorithms_load() {
    for _module in veth ipv6 esp4 esp6 xfrm_user xfrm4_tunnel ah4 authenc echainiv seqiv; do
        /run/modprobe "$_module"
    done
    _proto=esp
    _x16=0x00000000000000000000000000000000
    case $esp_a in
    aes256-sha256*) set -- auth-trunc 'hmac(sha256)' "${_x16}1111" 128 enc 'cbc(aes)' "$_x16" ;;
    aes256-sha384) set -- auth-trunc 'hmac(sha384)' "${_x16}1111" 192 enc 'cbc(aes)' "$_x16" ;;
    3des-sha1) set -- auth-trunc 'hmac(sha1)' "${_x16}1111" 96 enc 'cbc(des3_ede)' \
        0x000102030405060708090a0b0c0d0e0f1011121314151617 ;;
    '') _proto=ah && set -- auth-trunc 'hmac(sha256)' "${_x16}1111" 128 ;;
    aes*gcm16-esn) set -- aead 'rfc4106(gcm(aes))' "${_x16}01020304" 128 flag esn replay-window 32 ;;
    aes*gcm16*) set -- aead 'rfc4106(gcm(aes))' "${_x16}01020304" 128 ;;
    null-sha256) set -- auth-trunc 'hmac(sha256)' "${_x16}1111" 128 enc 'ecb(cipher_null)' '' ;;
    chacha20poly1305*) set -- aead 'rfc7539esp(chacha20,poly1305)' \
        "$_x16${_x16#0x}01020304" 128 ;;
    esac
    for _ends in '203.0.113.1 203.0.113.2' '2001:db8:c::1 2001:db8:c::2'; do
        ip xfrm state add src "${_ends% *}" dst "${_ends#* }" proto $_proto spi 0x100 mode tunnel "$@"
        ip xfrm state flush
    done
}

topology() {
    algorithms_load
    for _ns in a m b; do
        ip netns add $_ns
    done
    [ "$nat" = no ] || ip netns add n
    for _ns in $(ip netns list | cut -d' ' -f1); do
        on "$_ns" ip link set dev lo up
        on "$_ns" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
        if [ "$family" = 6 ]; then
            on "$_ns" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
        else
            # Only noise in an IPv4 capture.
            on "$_ns" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6'
        fi
    done

    link b eth m mb
    address m mb "$mb/$plen"
    address b eth "$b/$plen"
    if [ "$nat" = yes ]; then
        link a eth n na
        link n nm m ma
        address a eth "$a/24"
        address n na 10.0.0.1/24
        address n nm "$a_outside/$plen"
        on n iptables-legacy -t nat -A POSTROUTING -o nm -j MASQUERADE
        on n ip route add "$b" via "$ma"
        _gateway=10.0.0.1
    else
        link a eth m ma
        address a eth "$a/$plen"
        _gateway=$ma
    fi
    address m ma "$ma/$plen"
    _host=32
    [ "$family" = 4 ] || _host=128
    address a lo "$inner_a/$_host"
    address b lo "$inner_b/$_host"
    # Only to the other side's outer network: no inner packet leaves in clear when no SA is up.
    on a ip route add "$b" via "$_gateway"
    on b ip route add "$a_outside" via "$mb"
}

peer_conf() { # NS LOCAL REMOTE LOCAL_NET REMOTE_NET: strongswan.conf and swanctl.conf of one peer
    eval "_ike=\$ike_$1 _esp=\$esp_$1 _delay=\$dpd_delay_$1 _timeout=\$dpd_timeout_$1 _psk=\$psk_$1"
    _other=b
    [ "$1" = a ] || _other=a
    eval "_auth=\$auth_$1 _other_auth=\$auth_$_other"
    eval "_conn=\$conn_$1 _child=\$child_$1 _secrets=\$secrets_$1 _charon=\$charon_$1"
    eval "_children=\$children_$1"
    eval "_pools=\$pools_$1"
    mkdir -p "/run/lab/$1"
    cat >"/run/lab/$1/strongswan.conf" <<CONF
charon-systemd {
    load = $plugins
    retransmit_timeout = $retransmit_timeout
    retransmit_base = 1.8
    retransmit_tries = 3
    keep_alive = $keep_alive
    ${charon_extra:-}
    $_charon
    plugins {
        vici {
            socket = unix:///run/lab/$1/vici
        }
    }
    filelog {
        plain {
            path = /run/out/$1.log
            time_format = %s
            time_add_ms = yes
            flush_line = yes
            default = 1
            mgr = 2
            ike = 2
            chd = 2
            esp = 2
            knl = 2
        }
        private {
            path = /run/out/$1.private.log
            time_format = %s
            flush_line = yes
            default = 1
            ike = 4
            chd = 4
            esp = 4
            mgr = 2
        }
    }
    journal {
        default = -1
    }
}
swanctl {
    load = random nonce openssl pem pkcs1 pkcs8 x509
}
CONF
    cat >"/run/lab/$1/swanctl.conf" <<CONF
connections {
    lab {
        version = $ike_version
        local_addrs = $2
        remote_addrs = $3
        proposals = $_ike
        mobike = $mobike
        encap = $encap
        dpd_delay = $_delay
        dpd_timeout = $_timeout
        local {
            auth = $_auth
            id = $1.example
        }
        remote {
            auth = $_other_auth
            id = $_other.example
        }
        $_conn
        children {
            net {
                local_ts = $4
                remote_ts = $5
                ${_esp:+esp_proposals = $_esp}
                rekey_time = 0
                dpd_action = clear
                $_child
            }
            $_children
        }
    }
}
secrets {
    ike-lab {
        id-1 = a.example
        id-2 = b.example
        secret = "$_psk"
    }
    $_secrets
}
pools {
    $_pools
}
CONF
    cp "/run/lab/$1/swanctl.conf" "/run/out/$1.swanctl.conf"
}

# Certificates are made anew each time. The dates are far from those of any capture.
openssl_conf() { # SUBJECT-ALT-NAME
    cat >/run/lab/pki/conf <<CONF
[req]
distinguished_name = name
[name]
[ca]
default_ca = lab
[lab]
dir = /run/lab/pki
new_certs_dir = /run/lab/pki
database = /run/lab/pki/index
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
email_in_dn = no
[any]
organizationName = supplied
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[peer]
subjectAltName = $1
subjectKeyIdentifier = hash
CONF
    touch /run/lab/pki/index
}

certificate() { # NAME EXTENSIONS ISSUER [START END]: NAME.pem and NAME.key; issued by itself: a root
    openssl_conf "DNS:$1"
    case $key_type in
    EC) set -- "$@" -newkey ec -pkeyopt ec_paramgen_curve:P-256 ;;
    *) set -- "$@" -newkey "$key_type" ;;
    esac
    _name=$1 _extensions=$2 _issuer=$3
    shift 3
    _start=20200101000000Z _end=20491231000000Z
    case $1 in
    2*) _start=$1 _end=$2
        shift 2 ;;
    esac
    (
        cd /run/lab/pki
        openssl req -new -config conf -nodes -subj "/O=espial lab/CN=$_name" "$@" \
            -keyout "$_name.key" -out "$_name.csr"
        if [ "$_issuer" = "$_name" ]; then
            set -- -selfsign
        else
            set -- -cert "$_issuer.pem"
        fi
        openssl ca -batch -notext -config conf -extensions "$_extensions" -startdate "$_start" \
            -enddate "$_end" -in "$_name.csr" -keyfile "$_issuer.key" -out "$_name.pem" "$@"
    ) >>/run/out/openssl 2>&1
}

install_certificates() { # NS OWN TRUSTED...: for its daemon
    _dir=/run/lab/$1 _own=$2
    shift 2
    mkdir -p "$_dir/x509" "$_dir/x509ca" "$_dir/private"
    cp "/run/lab/pki/$_own.pem" "$_dir/x509/"
    cp "/run/lab/pki/$_own.key" "$_dir/private/"
    for _trusted; do
        cp "/run/lab/pki/$_trusted.pem" "$_dir/x509ca/"
    done
}

pki() { # both certificates by one authority that both trust; a scenario may do otherwise
    certificate root authority root
    for _peer in a b; do
        certificate $_peer.example peer root
        install_certificates $_peer $_peer.example root
    done
}

swan() { # NS COMMAND...: swanctl to that peer's daemon, quietly
    _ns=$1 _command=$2
    shift 2
    STRONGSWAN_CONF=/run/lab/$_ns/strongswan.conf SWANCTL_DIR=/run/lab/$_ns \
        swanctl "$_command" --uri "unix:///run/lab/$_ns/vici" "$@" >>"/run/out/$_ns.swanctl" 2>&1
}

daemon_start() { # NS
    ip netns exec "$1" env STRONGSWAN_CONF="/run/lab/$1/strongswan.conf" charon-systemd \
        >"/run/out/$1.daemon" 2>&1 &
    echo $! >"/run/lab/$1/pid"
    _tries=0
    until [ -S "/run/lab/$1/vici" ]; do
        _tries=$((_tries + 1))
        [ $_tries -lt 100 ] || { echo "charon of $1 does not start"; return 1; }
        sleep 0.1
    done
    sleep 0.2
    swan "$1" --load-all --file "/run/lab/$1/swanctl.conf"
}

daemon_kill() { # NS: SIGKILL, nothing is said to the peer
    kill -KILL "$(cat "/run/lab/$1/pid")"
}

lab_begin() {
    addresses
    : >/run/out/facts
    fact "scenario $LAB_SCENARIO"
    for _key in a b a_outside inner_a inner_b ike_version; do
        eval "fact \"value $_key \$$_key\""
    done
    topology
    if [ "$certs" = yes ]; then
        plugins="$plugins pem pkcs1 pkcs8 x509 pubkey constraints"
        mkdir -p /run/lab/pki
        pki
    fi
    conf_b=peer_conf start_b=daemon_start
    if [ "$peer_b" != strongswan ]; then
        # shellcheck disable=SC1090 # one file a daemon
        . "/run/src/lib_$peer_b.sh"
        conf_b=${peer_b}_conf start_b=${peer_b}_start
    fi
    if [ "$nat" = yes ]; then
        # b knows only the address in front of the NAT.
        peer_conf a "$a" "$b" "$net_a" "$net_b"
        "$conf_b" b "$b" %any "$net_b" "$net_a"
    else
        peer_conf a "$a" "$b" "$net_a" "$net_b"
        "$conf_b" b "$b" "$a" "$net_b" "$net_a"
    fi
    daemon_start a
    "$start_b" b
}

capture() { # NAME NS:IFACE FORM [FILTER...]: start one capture
    _name=$1 _point=$2 _form=$3
    shift 3
    ip netns exec "${_point%%:*}" tcpdump -Z root -n -U -s "$snaplen" -i "${_point#*:}" \
        -w "/run/lab/$_name.raw" "$@" 2>"/run/out/$_name.tcpdump" &
    eval "capture_pids=\"\${capture_pids:-} $!\""
    until grep -q 'listening on' "/run/out/$_name.tcpdump"; do
        sleep 0.1
    done
    fact "capture $_name $_point $_form $*"
}

captures_stop() {
    sleep 0.5
    for _pid in ${capture_pids:-}; do
        kill -TERM "$_pid" 2>/dev/null || true
        wait "$_pid" || true
    done
    capture_pids=
    # Written here first: tcpdump wants to own its file, which hostfs grants to root only.
    cp /run/lab/*.raw /run/out/
}

up() { # [NS]: bring the tunnel up from a, or from that peer
    event "${1:-a} initiates"
    swan "${1:-a}" --initiate --child net || event "the initiation failed"
}

# Filters on what IKE shows, for port 500 and IPv4: offsets from the UDP header, which iptables
# reads four bytes at a time. The exchange type is byte 18 of the IKE header.
ike_drop() { # NS CHAIN EXCHANGE-TYPE [MATCH...]: drop such IKE messages
    _ns=$1 _chain=$2 _type=$3
    shift 3
    on "$_ns" iptables-legacy -A "$_chain" -p udp --dport 500 "$@" \
        -m u32 --u32 "0>>22&0x3C@23&0xff=$_type" -j DROP
}

ping_start() { # NS INTERVAL [SIZE]: inner ping from that peer's network to the other's
    if [ "$1" = a ]; then
        ip netns exec a ping -q -i "$2" -s "${3:-56}" -I "$inner_a" "$inner_b" \
            >>/run/out/a.ping 2>&1 &
        ping_a=$!
    else
        ip netns exec b ping -q -i "$2" -s "${3:-56}" -I "$inner_b" "$inner_a" \
            >>/run/out/b.ping 2>&1 &
        ping_b=$!
    fi
}

ping_stop() { # NS
    eval "kill -QUIT \$ping_$1; sleep 0.1; kill -TERM \$ping_$1; wait \$ping_$1" || true
}

ping_for() { # NS COUNT INTERVAL: inner ping, then go on whatever the answer
    ping_start "$1" "$3"
    sleep "$2"
    ping_stop "$1"
}

peer_vanishes() { # NS: the daemon dies and the host falls silent, as at a power cut
    daemon_kill "$1"
    on "$1" iptables-legacy -A INPUT -j DROP
    on "$1" iptables-legacy -A OUTPUT -j DROP
}

# Outbound SAs are edited under the daemon's feet to make faults that no daemon makes on demand.
sa_out() { # NS SRC DST: the newest outbound SA as "SPI AUTH-KEY ENC-KEY OSEQ" (CBC with HMAC only)
    on "$1" ip xfrm state list src "$2" dst "$3" proto esp | awk '
        $1 == "proto" { spi = $4 }
        $1 == "auth-trunc" { auth = $3 }
        $1 == "enc" { enc = $3 }
        $1 == "anti-replay" && !done { oseq = substr($6, 1, length($6) - 1); done = 1
            print spi, auth, enc, oseq }'
}

sa_restore() { # NS SRC DST NET_SRC NET_DST SPI AUTH ENC OSEQ: send on that SA again
    on "$1" ip xfrm state add src "$2" dst "$3" proto esp spi "$6" reqid 1 mode tunnel \
        flag af-unspec auth-trunc 'hmac(sha256)' "$7" 128 enc 'cbc(aes)' "$8" replay-oseq "$9"
    on "$1" ip xfrm policy update src "$4" dst "$5" dir out priority 1 \
        tmpl src "$2" dst "$3" proto esp spi "$6" reqid 1 mode tunnel
}

sa_native() { # NS SRC DST: install that SA again, without UDP encapsulation
    # shellcheck disable=SC2046 # the words of the SA
    set -- "$@" $(sa_out "$1" "$2" "$3")
    on "$1" ip xfrm state delete src "$2" dst "$3" proto esp spi "$4"
    on "$1" ip xfrm state add src "$2" dst "$3" proto esp spi "$4" reqid 1 mode tunnel \
        flag af-unspec auth-trunc 'hmac(sha256)' "$5" 128 enc 'cbc(aes)' "$6"
}

sa_edit() { # NS SRC DST [ARGUMENTS]: install that SA again, its counter kept, with these differences
    _ns=$1 _src=$2 _dst=$3
    shift 3
    # shellcheck disable=SC2046 # the words of the SA
    set -- $(sa_out "$_ns" "$_src" "$_dst") "$@"
    _spi=$1 _auth=$2 _enc=$3 _oseq=$4
    shift 4
    case $* in
    *replay-oseq*) ;;
    *) set -- replay-oseq "$_oseq" "$@" ;;
    esac
    on "$_ns" ip xfrm state delete src "$_src" dst "$_dst" proto esp spi "$_spi"
    on "$_ns" ip xfrm state add src "$_src" dst "$_dst" proto esp spi "$_spi" reqid 1 mode tunnel \
        flag af-unspec auth-trunc 'hmac(sha256)' "$_auth" 128 enc 'cbc(aes)' "$_enc" "$@"
}

# A tunnel of SAs set up by hand, without a daemon.
sa_manual() { # NS SRC DST SPI [ARGUMENTS]
    _ns=$1 _src=$2 _dst=$3 _spi=$4
    shift 4
    _key=0x000102030405060708090a0b0c0d0e0f
    on "$_ns" ip xfrm state add src "$_src" dst "$_dst" proto esp spi "$_spi" reqid 7 mode tunnel \
        auth-trunc 'hmac(sha256)' "${_key}1011121314151617" 128 enc 'cbc(aes)' $_key "$@"
}

policy_manual() { # NS LOCAL REMOTE LOCAL_NET REMOTE_NET
    on "$1" ip xfrm policy add src "$4" dst "$5" dir out \
        tmpl src "$2" dst "$3" proto esp reqid 7 mode tunnel
    on "$1" ip xfrm policy add src "$5" dst "$4" dir in \
        tmpl src "$3" dst "$2" proto esp reqid 7 mode tunnel
}

inner_routes() { # on both peers, where no daemon installs them
    on a ip route add "$inner_b" via "$ma"
    on b ip route add "$inner_a" via "$mb"
}

# What m does with packets: ARGUMENTS are those of iptables; none of its tables is needed elsewhere.
m_drops() { # ARGUMENTS: drop what matches, after the capture where it comes in
    on m iptables-legacy -A FORWARD "$@" -j DROP
}

m_passes() { # ARGUMENTS: no longer
    on m iptables-legacy -D FORWARD "$@" -j DROP
}

nat_remap() { # PORTS: the NAT forgets its mappings and uses these ports from now on
    on n iptables-legacy -t nat -F POSTROUTING
    on n iptables-legacy -t nat -A POSTROUTING -o nm -p udp -j MASQUERADE --to-ports "$1"
    on n iptables-legacy -t nat -A POSTROUTING -o nm -j MASQUERADE
    # MASQUERADE forgets the mappings of an interface that goes down.
    on n ip link set dev nm down
    on n ip link set dev nm up
    on n ip route replace "$b" via "$ma"
}

# a on the move, to another address of the same network.
second_address() { # a has 192.0.2.7 too
    on a sysctl -qw net.ipv4.conf.eth.promote_secondaries=1
    address a eth 192.0.2.7/24
    on b ip route add 192.0.2.0/24 via "$mb"
}

address_change() { # a has nothing but 192.0.2.7
    on a ip addr del "$a/$plen" dev eth
    on a ip route replace "$b" via "$ma"
}

m_netem() { # IFACE ARGUMENTS: what m sends there passes netem first
    _iface=$1
    shift
    on m tc qdisc replace dev "$_iface" root netem "$@"
}

lab_end() {
    [ -z "${capture_pids:-}" ] || captures_stop
    for _ns in a b; do
        on "$_ns" ip -s xfrm state >"/run/out/$_ns.xfrm"
        on "$_ns" cat /proc/net/xfrm_stat >>"/run/out/$_ns.xfrm"
        kill -TERM "$(cat "/run/lab/$_ns/pid")" 2>/dev/null || true
    done
}

# Records for `expected`. MEMBERS are JSON, each with a comma in front.
tunnel_record() { # [STATE]: IKEv2, raw ESP, no NAT
    echo '{"type":"tunnel","peers":[{"address":"@a@","behind_nat":false},' \
        '{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"raw",' \
        "${1:+\"state\":\"$1\",}\"nat\":\"none\"}"
}

tunnel_record_nat() { # [STATE]: IKEv2, a behind a NAT, seen outside of it
    echo '{"type":"tunnel","peers":[{"address":"@a_outside@","behind_nat":true},' \
        '{"address":"@b@","behind_nat":false}],"ike_version":2,"encapsulation":"udp",' \
        "${1:+\"state\":\"$1\",}\"nat\":\"detected\"}"
    finding_record natt-in-use ',"severity":"note"'
}

finding_record() { # ID [MEMBERS]: in the only tunnel
    echo "{\"type\":\"finding\",\"id\":\"$1\",\"tunnel\":1${2:-}}"
}
