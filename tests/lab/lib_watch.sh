# espial watch inside the lab; sourced by the scenarios in scenarios/watch.
# shellcheck shell=sh
#
# Such a scenario captures nothing. Its `expected NAME` tells what the watcher of that name has to
# say, a line each:
#
#   begins ID SECONDS EVENT       a finding begins within that time of what was done (`event EVENT`)
#   ends ID SECONDS EVENT         and is over, or worth no more than a note
#   says SECONDS EVENT: TEXT      a word about the watching itself
#   may ID                        another finding that this fault may well show
#   reports ID                    is in the report at the end, whatever its category

# What a watcher adds to a rule's own patience: a look each second, up to 0.25 s in which the kernel
# gathers packets, and a machine that does other things too.
look=4
# A finding that is away for so long is over.
hold=10

watcher() { # NAME NS COMMAND...: start it; what it writes is stamped with the time it came
    _name=$1 _ns=$2
    shift 2
    mkfifo "/run/lab/$_name.pipe"
    while read -r _line; do
        echo "$(date +%s.%6N) $_line"
    done <"/run/lab/$_name.pipe" >"/run/out/$_name.watch" &
    eval "reader_$_name=$!"
    ip netns exec "$_ns" "$@" >"/run/lab/$_name.pipe" 2>"/run/out/$_name.complaints" &
    eval "watcher_$_name=$!"
    watchers="${watchers:-} $_name"
    _tries=0
    until grep -q '"watching' "/run/out/$_name.watch"; do
        _tries=$((_tries + 1))
        [ $_tries -lt 100 ] || { echo "the watcher $_name does not start"; return 1; }
        sleep 0.1
    done
    fact "watcher $_name $(user_of $!)"
}

user_of() { # PID: its user's number, and the capabilities that it has
    sed -n 's/^Uid:[^0-9]*\([0-9]*\).*/\1/p; s/^CapEff:[^0-9a-f]*//p' "/proc/$1/status" | tr '\n' ' '
}

watch() { # NAME NS:IFACE [ARGUMENTS...]: by root, who becomes nobody
    _name=$1 _point=$2
    shift 2
    watcher "$_name" "${_point%%:*}" /run/build/espial watch --json --severity note \
        -i "${_point#*:}" "$@"
}

watch_unprivileged() { # NAME NS:IFACE [ARGUMENTS...]: by a user who has CAP_NET_RAW and no more
    _name=$1 _point=$2
    shift 2
    watcher "$_name" "${_point%%:*}" setpriv --reuid=65533 --regid=65533 --clear-groups \
        --bounding-set=-all,+net_raw --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw \
        /run/build/espial watch --json --severity note -i "${_point#*:}" "$@"
}

watch_signal() { # NAME SIGNAL
    eval "kill -$2 \$watcher_$1"
}

watcher_says() { # NAME WORDS SECONDS: wait until it says so, or for that long
    _tries=$(($3 * 5))
    until [ $_tries = 0 ] || grep -q "$2" "/run/out/$1.watch"; do
        _tries=$((_tries - 1))
        sleep 0.2
    done
}

watches_end() { # SIGTERM: the report comes, and the status is that of its findings
    for _name in ${watchers:-}; do
        _status=0
        watch_signal "$_name" TERM
        eval "wait \$watcher_$_name" || _status=$?
        eval "wait \$reader_$_name" || true
        fact "ended $_name $_status"
    done
}
