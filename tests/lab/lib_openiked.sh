# OpenIKED's iked as peer b; sourced by lib.sh where a scenario says `peer_b=openiked`.
# shellcheck shell=sh disable=SC2154

openiked_conf() { # NS LOCAL REMOTE LOCAL_NET REMOTE_NET
    mkdir -p /run/lab/b
    cat >/run/lab/b/iked.conf <<CONF
set nomobike
set fragmentation
set dpd_check_interval 4
ikev2 "lab" ${iked_mode:-passive} esp from $4 to $5 local $2 peer $3 ${iked_esp:-} \\
    srcid b.example dstid a.example ikelifetime 0 lifetime ${iked_lifetime:-3h} bytes 4G psk "$psk_b"
CONF
    chmod 600 /run/lab/b/iked.conf
    cp /run/lab/b/iked.conf /run/out/b.iked.conf
}

openiked_start() {
    daemons_libraries=$(echo /run/daemons/root/usr/lib/*-linux-gnu)
    /run/modprobe af_key
    # iked makes no routes.
    on b ip route add "$inner_a" via "$mb" src "$inner_b"
    # Nor does it log the time.
    mkfifo /run/lab/b/log
    python3 -uc '
import sys, time
for line in sys.stdin:
    print(f"{time.time():.6f} iked {line}", end="")' </run/lab/b/log >/run/out/b.log &
    # It wants its user, and its folder below /etc. With -S it initiates nothing by itself.
    # shellcheck disable=SC2016 # expanded by the inner shell
    ip netns exec b env "LD_LIBRARY_PATH=$daemons_libraries" sh -c '
        cp -a /etc/passwd /etc/group /etc/nsswitch.conf /run/lab/b
        mount -t tmpfs etc /etc
        mv /run/lab/b/passwd /run/lab/b/group /run/lab/b/nsswitch.conf /etc
        echo "_iked:x:999:999::/run/lab/b/empty:/usr/sbin/nologin" >>/etc/passwd
        echo "_iked:x:999:" >>/etc/group
        mkdir -p /run/lab/b/empty
        cp -a /run/daemons/root/etc/iked /etc
        openssl ecparam -genkey -name prime256v1 -noout -out /etc/iked/private/local.key
        openssl ec -in /etc/iked/private/local.key -pubout -out /etc/iked/local.pub
        exec "$@"' - \
        /run/daemons/root/usr/sbin/iked -d -vv -S -f /run/lab/b/iked.conf -s /run/lab/b/iked.sock \
        >/run/lab/b/log 2>&1 &
    echo $! >/run/lab/b/pid
    _tries=0
    # The last line of its start.
    until grep -q 'config_getstatic: .*stickyaddress' /run/out/b.log; do
        _tries=$((_tries + 1))
        [ $_tries -lt 200 ] || { echo "iked does not start"; return 1; }
        sleep 0.1
    done
    fact "value daemon_b OpenIKED 7.2"
}

ikectl() { # ARGUMENT...: a command to iked, quietly
    on b env "LD_LIBRARY_PATH=$daemons_libraries" /run/daemons/root/usr/sbin/ikectl \
        -s /run/lab/b/iked.sock "$@" >>/run/out/b.ikectl 2>&1 || event "ikectl $* failed"
}
