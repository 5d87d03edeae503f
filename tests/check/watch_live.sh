#!/bin/sh
# espial watch on a real interface, one of a veth pair between two network namespaces: signals, an
# interface that goes down and up and away, dropped packets, a reader that goes away.
export LC_ALL=C TZ=UTC
root=$PWD
espial=$(cd "${BUILD:-build}" && pwd)/espial
python=$(tests/lib/python)
passed=0 failed=0
near=espial-check-$$-x far=espial-check-$$-y
if ! { ip netns add "$near" && ip netns add "$far" &&
    ip link add x netns "$near" type veth peer name y netns "$far" &&
    ip -n "$near" link set dev x up && ip -n "$far" link set dev y up; } >/dev/null 2>&1 ||
    ! command -v tcpdump >/dev/null 2>&1; then
    ip netns del "$near" 2>/dev/null
    ip netns del "$far" 2>/dev/null
    echo 'no network namespaces here (root makes them, with ip), or no tcpdump'
    echo '0 passed, 0 failed, 1 skipped'
    exit
fi
tree=$(mktemp -d) || exit 2
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
    ip netns del "$near"
    ip netns del "$far"
    rm -rf "$tree"' EXIT
cd "$tree" || exit 2

pass_if() { # STATUS WHAT: counts, and names what went wrong
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$2"
        tail -n 5 out err | cut -c 1-200 | sed 's/^/    /'
    fi
}

says() { # PATTERN [FILE]: within 5 s
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        ! grep -q -e "$1" "${2:-out}" || return 0
        sleep 0.25
    done
    return 1
}

start() { # arguments of watch: it is started and watches
    : >out
    ip netns exec "$far" "$espial" watch -i y "$@" >out 2>err </dev/null &
    pid=$!
    says 'watching y'
}

end() { # SIGNAL: the status in $got
    kill "-$1" "$pid"
    wait "$pid"
    got=$?
    pid=
}

send() { # CAPTURE SPEED
    ip netns exec "$near" "$python" "$root/tests/lib/replay.py" x "$root/pcaps/$1" "$2"
}

# --- signals ---

start
send proposal-mismatch-ikev2.pcapng 100
says 'ERROR ike-proposal-mismatch'
pass_if $? 'a finding is told while it watches'
kill -USR1 "$pid"
says 'status: [1-9][0-9]* packets .* 1 tunnels'
pass_if $? 'SIGUSR1: how things stand'
end INT
{ [ "$got" -eq 1 ] && grep -q '^Tunnel 1' out; }
pass_if $? "SIGINT: the report: status $got"

# --- an interface that goes down, up and away ---

start --json
ip -n "$far" link set dev y down
says 'interface y is down'
pass_if $? 'an interface that goes down is told'
ip -n "$far" link set dev y up
says 'interface y is up again'
pass_if $? 'and that it is up again'
send proposal-mismatch-ikev2.pcapng 100
says '"id":"ike-proposal-mismatch"'
pass_if $? 'and the watching goes on'
end TERM
{ [ "$got" -eq 1 ] && tail -n 1 out | grep -q '"type":"summary"' && [ ! -s err ]; }
pass_if $? "SIGTERM: the report: status $got"

# --- packets that the kernel drops, since nobody takes them ---

start --json --buffer 32
kill -STOP "$pid"
for _ in 1 2 3 4 5 6; do
    send healthy-rekey-under-traffic.pcapng 100000
done
kill -CONT "$pid"
says 'packets dropped here'
pass_if $? 'dropped packets are told'
end TERM
grep -q '"type":"finding","id":"capture-drops"' out
pass_if $? "dropped packets are in the report: status $got"

# --- a reader that goes away ---

mkfifo lines
ip netns exec "$far" "$espial" watch -i y >lines 2>err </dev/null &
pid=$!
head -n 1 lines >out
send proposal-mismatch-ikev2.pcapng 100
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.25
done
! kill -0 "$pid" 2>/dev/null
pass_if $? 'a closed pipe ends the watching'
[ ! -s err ]
pass_if $? 'without a word'

# --- an interface that is taken away ---

start
ip -n "$far" link del y
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.25
done
wait "$pid"
got=$?
pid=
{ [ "$got" -eq 3 ] && grep -q disappeared err; }
pass_if $? "an interface that is no more ends the watching: status $got"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
