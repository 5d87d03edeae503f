# libreswan's pluto as peer b; sourced by lib.sh where a scenario says `peer_b=libreswan`.
# shellcheck shell=sh disable=SC2154

# The names of algorithms: aes256gcm16-prfsha256-modp2048 is aes_gcm256-sha256-modp2048 here.
pluto_algorithms() { # PROPOSAL
    echo "$1" | sed 's/aes\([0-9]*\)gcm16/aes_gcm\1/; s/prf//'
}

pluto_run() { # PROGRAM ARGUMENT...: one of libreswan's programs, in b
    _program=$1
    shift
    on b env "LD_LIBRARY_PATH=$daemons_libraries" "/run/daemons/root/$_program" "$@"
}

libreswan_conf() { # NS LOCAL REMOTE LOCAL_NET REMOTE_NET
    mkdir -p /run/lab/b/nss
    _version='ikev2=insist'
    [ "${ike_version_b:-$ike_version}" = 2 ] || _version='ikev2=no'
    _dpd=
    if [ "$dpd_delay_b" != 0s ]; then
        _dpd="dpddelay=${dpd_delay_b%s} dpdtimeout=${dpd_timeout_b%s} dpdaction=clear"
        # One a line.
        _dpd=$(echo "$_dpd" | sed 's/ /\n    /g')
    fi
    cat >/run/lab/b/ipsec.conf <<CONF
config setup
    ikev1-policy=accept
    audit-log=no
    dnssec-enable=no
    logappend=no

conn lab
    $_version
    authby=secret
    left=$2
    leftid=@b.example
    ${pluto_leftsubnet:-leftsubnet=$4}
    leftupdown=/run/lab/b/updown
    right=${pluto_right:-$3}
    rightid=@a.example
    rightsubnet=${pluto_rightsubnet:-$5}
    ike=$(pluto_algorithms "$ike_b")
    esp=$(pluto_algorithms "$esp_b")
    pfs=${pfs_b:-no}
    mobike=$mobike
    ikelifetime=8h
    salifetime=${pluto_lifetime:-8h}
    rekeymargin=5s
    rekeyfuzz=0%
    retransmit-interval=1500
    retransmit-timeout=15
    $_dpd
    ${pluto_extra:-}
    auto=add
CONF
    # As long as there is a tunnel, the other network is reached through it.
    cat >/run/lab/b/updown <<UPDOWN
#!/bin/sh
case \$PLUTO_VERB in
up-client*) ip route replace $inner_a via $mb src $inner_b ;;
down-client*) ip route del $inner_a ;;
esac
exit 0
UPDOWN
    chmod +x /run/lab/b/updown
    echo "@a.example @b.example : PSK \"$psk_b\"" >/run/lab/b/secrets
    cp /run/lab/b/ipsec.conf /run/out/b.ipsec.conf
}

libreswan_start() {
    daemons_libraries=$(echo /run/daemons/root/usr/lib/*-linux-gnu)
    pluto_run usr/bin/certutil -N -d sql:/run/lab/b/nss --empty-password
    # pluto does not start without an addconn at the place it was built for; `ip netns exec` runs it
    # where mounts are its own.
    # shellcheck disable=SC2016 # expanded by the inner shell
    ip netns exec b env "LD_LIBRARY_PATH=$daemons_libraries" sh -c '
        mount -t tmpfs libexec /usr/libexec
        mkdir /usr/libexec/ipsec
        ln -s /bin/true /usr/libexec/ipsec/addconn
        exec "$@"' - \
        /run/daemons/root/usr/libexec/ipsec/pluto --nofork --config /run/lab/b/ipsec.conf \
        --rundir /run/lab/b --dumpdir /run/lab/b --ipsecdir /run/lab/b --nssdir /run/lab/b/nss \
        --secretsfile /run/lab/b/secrets --logfile /run/out/b.log >/run/out/b.daemon 2>&1 &
    echo $! >/run/lab/b/pid
    _tries=0
    until [ -S /run/lab/b/pluto.ctl ]; do
        _tries=$((_tries + 1))
        [ $_tries -lt 100 ] || { echo "pluto does not start"; return 1; }
        sleep 0.1
    done
    whack --listen
    pluto_run usr/libexec/ipsec/addconn --config /run/lab/b/ipsec.conf \
        --ctlsocket /run/lab/b/pluto.ctl lab >>/run/out/b.whack 2>&1
    fact "value daemon_b libreswan $(sed -n 's/.*Libreswan Version \([^ ]*\).*/\1/p' \
        /run/out/b.log)"
}

whack() { # ARGUMENT...: a command to pluto, quietly
    pluto_run usr/libexec/ipsec/whack --rundir /run/lab/b "$@" >>/run/out/b.whack 2>&1 ||
        event "whack $* failed"
}
