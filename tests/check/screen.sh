#!/bin/sh
# `espial watch` on a terminal, driven through tmux: the list, a tunnel, help, sorting, filter,
# pause, sizes, terminals of several kinds, and the terminal as it was on every way out.
export LC_ALL=C.UTF-8 TZ=UTC
unset NO_COLOR COLUMNS LINES TMUX
espial=$(cd "${BUILD:-build}" && pwd)/espial
passed=0 failed=0
if ! command -v tmux >/dev/null 2>&1; then
    echo 'tmux is not there'
    echo '0 passed, 0 failed, 1 skipped'
    exit 0
fi
tree=$(mktemp -d) || exit 2
servers=0
mux() {
    tmux -S "$tree/socket.$servers" -f /dev/null "$@" 2>/dev/null
}
trap 'mux kill-server; rm -rf "$tree"' EXIT
trap 'exit 1' HUP INT TERM # so that no terminal is left behind

result() { # what, status
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1"
        [ ! -s "$tree/shot" ] || sed 's/^/    |/' "$tree/shot"
    fi
}

shoot() {
    mux capture-pane -p -t here >"$tree/shot"
}

# Waits until the screen shows all of these expressions; a frame takes a moment.
sees() { # expressions…
    for try in $(seq 150); do
        shoot
        missing=
        for expression; do
            grep -qE -e "$expression" "$tree/shot" || missing=$expression
        done
        [ -n "$missing" ] || return 0
        sleep 0.1
    done
    echo "after $((try / 10)) s there is no \"$missing\" in:"
    return 1
}

lacks() { # expression
    for try in $(seq 50); do
        shoot
        grep -qE -e "$1" "$tree/shot" || return 0
        sleep 0.1
    done
    echo "after $((try / 10)) s there still is \"$1\" in:"
    return 1
}

keys() {
    mux send-keys -t here "$@"
}

# A shell in a terminal of that size; its prompt is of no use here.
open() { # columns, lines, TERM, more environment
    mux kill-server
    servers=$((servers + 1)) # the last one may still be closing its socket
    rm -f "$tree/before" "$tree/after" "$tree/status"
    mux new-session -d -s here -x "$1" -y "$2" "env PS1='ready ' TERM=$3 $4 /bin/sh"
    sees '^ready' >/dev/null
}

# Watches a capture; the settings of the terminal are written before and after.
watch() { # capture and options
    cat >"$tree/run" <<RUN
stty -a >$tree/before
sh -c 'echo \$\$ >$tree/pid; exec $espial watch -r $1'
echo \$? >$tree/status
stty -a >$tree/after
echo all over
RUN
    keys "clear; . $tree/run" Enter
}

# The program ended with that status, and left the terminal as it found it: settings, cursor,
# keypad and the other screen.
restored() { # status
    sees '^all over$' || return 1
    [ "$(cat "$tree/status")" = "$1" ] || { echo "status $(cat "$tree/status"), not $1"; return 1; }
    cmp "$tree/before" "$tree/after" || return 1
    set -- "$(mux display-message -p -t here '#{cursor_flag} #{alternate_on} #{keypad_cursor_flag} #{keypad_flag}')"
    [ "$1" = '1 0 0 0' ] || { echo "cursor, other screen, keypad: $1"; return 1; }
}

broken='pcaps/esp-one-way-raw.pcapng'
twenty='pcaps/healthy-20-tunnels.pcap.gz'

# --- the list, a tunnel, help ---
open 80 24 screen
watch "$broken --speed 20 --utc"
sees 'espial  .*pcaps/esp-one-way-raw' 'playing, 20x' '^ *# state  peers .* IKE +age +rekey +DPD'
result 'the list stands while the file is played' $?
sees '^ E +1 up +192.0.2.1 ↔ 198.51.100.1 +v2 ' '1 tunnel: 1 up .* 1 error' \
    'ERROR esp-one-way, tunnel 1' 'E esp-one-way: ESP flows in one direction only'
result 'a finding is marked, counted and told' $?
sees 'at its end +2026-11-23 14:04:00 UTC'
result 'a file that came to its end stays on the screen' $?
keys Enter
sees '── tunnel 1  192.0.2.1:500 ↔ 198.51.100.1:500' '── findings and SAs ─' '── ladder ─' \
    'ERROR +ESP flows in one direction only' 'Evidence +#' 'INFORMATIONAL [0-9]+ response'
result 'Enter opens a tunnel: findings, evidence, ladder' $?
keys End
sees 'ESP 0xc32c1da3 +[0-9]+ packets'
result 'End scrolls to its Child SA and flows' $?
keys Tab Home
sees '#3 14:03:2[0-9.]* → IKE_SA_INIT 0 request'
result 'Tab and Home show where its ladder begins' $?
sees '● IKE SA 1 established' || keys PageDown
sees '● IKE SA 1 established'
result 'the ladder holds the events' $?
keys h
sees '── help ─' 'Keys of the list'
result 'h shows help' $?
keys Escape
sees '── ladder ─'
result 'Esc goes back to the tunnel' $?
keys q
sees '^ *# state  peers'
result 'q goes back to the list' $?

# --- sizes ---
mux resize-window -t here -x 60 -y 20
sees '60x20 is too small: 80x24 is needed'
result 'a terminal that is too small is told so' $?
mux resize-window -t here -x 120 -y 40
sees '→pkt/s +→B/s .*←pkt/s +←B/s' 'established' && [ "$(sed -n '40p' "$tree/shot" | cut -c1-6)" = ' Enter' ]
result 'a larger one shows more, to its last line' $?
mux resize-window -t here -x 80 -y 24
sees '^ E +1 up ' && [ "$(sed -n '24p' "$tree/shot" | cut -c1-6)" = ' Enter' ]
result 'and 80x24 is enough again' $?

# --- the way out ---
keys q
restored 1
result 'q ends with the report, and the terminal is as it was' $?
sees 'ESP 0xc32c1da3 +[0-9,]+ packets'
result 'the report stands on the normal screen' $?

# --- many tunnels ---
open 100 30 xterm-256color
watch "$twenty --utc"
sees '20 tunnels: ' 'sort: findings' 'at its end' '── tunnel 1 '
result 'twenty tunnels are listed' $?
keys Down Down
sees '── tunnel 3 '
result 'Down chooses another one' $?
keys End
sees '── tunnel 20 '
result 'End chooses the last one' $?
keys s r
sees 'sort: number, reversed' && sees '^ +20 up '
first=$(awk '/# +state/ { getline; print $1 }' "$tree/shot")
[ "$first" = 20 ]
result 's sorts by number, r reverses' $?
keys / 4 2
sees 'filter: 42_'
result '/ asks for a filter' $?
keys BSpace BSpace '#' 7 ' ' Enter
sees 'filter: #7 ' && lacks '^ +20 up ' && [ "$(grep -cE '^ .{2} +[0-9]+ (up|established|closed)' "$tree/shot")" = 1 ]
result 'the filter leaves one tunnel' $?
keys Escape
sees '^ +20 up '
result 'Esc shows all again' $?
keys C-c
restored 0
result 'Ctrl-C ends it, and the terminal is as it was' $?

# --- pause ---
open 80 24 screen
watch "$broken --speed 4 --utc"
sees 'playing, 4x' '^ +1 up '
keys p
sees 'PAUSED' 'p go on'
one=$(head -n 1 "$tree/shot")
sleep 1
shoot
[ "$one" = "$(head -n 1 "$tree/shot")" ]
result 'p stops the file' $?
keys p
sees 'playing, 4x' && sees '14:03:[3-5][0-9] UTC'
result 'p again plays on' $?
kill -TERM "$(cat "$tree/pid")"
sees '^all over$' && restored "$(cat "$tree/status")" && [ "$(cat "$tree/status")" -le 1 ]
result 'SIGTERM ends it with the report' $?

# --- ends that nobody planned ---
for end in SEGV:139 ABRT:134 QUIT:131; do
    signal=${end%:*}
    open 80 24 screen
    keys 'ulimit -c 0' Enter
    watch "$broken --speed 4 --utc"
    sees '^ +1 up '
    kill -s "$signal" "$(cat "$tree/pid")"
    restored "${end#*:}"
    result "SIG$signal: the terminal is as it was" $?
done
open 80 24 screen
watch "$broken --speed 4 --utc"
sees '^ +1 up '
keys C-z
sees '[Ss]topped'
result 'Ctrl-Z stops it' $?

# --- terminals of several kinds ---
for kind in xterm vt100 screen; do
    open 80 24 $kind NO_COLOR=1
    watch "$broken --utc"
    sees '^ E +1 up ' 'at its end'
    mux capture-pane -p -e -t here >"$tree/colors"
    ! grep -q "$(printf '\033\\[[0-9;]*3[0-8]')" "$tree/colors"
    result "TERM=$kind NO_COLOR=1: all is there, without colour" $?
    keys q
    restored 1
    result "TERM=$kind: the terminal is as it was" $?
done
open 80 24 screen-256color
watch "$broken --utc"
sees '^ E +1 up '
mux capture-pane -p -e -t here >"$tree/colors"
grep -q "$(printf '\033\\[[0-9;]*3[0-8]')" "$tree/colors"
result 'with colour where the terminal has it' $?
keys q
open 80 24 screen LC_ALL=C
watch "$broken --utc"
sees '^ E +1 up +192.0.2.1 <-> 198.51.100.1' '>pkt/s' '^-- tunnel 1' && ! LC_ALL=C grep -q '[^ -~]' "$tree/shot"
result 'in a locale of ASCII there is nothing but ASCII' $?
keys q
open 80 24 dumb
watch "$broken --utc"
sees '^all over$' && grep -q 'Wireshark\|Tunnel 1' "$tree/shot"
result 'TERM=dumb: lines instead' $?
open 80 24 nonesuch
watch "$broken --utc"
sees '^all over$'
result 'an unknown terminal: lines instead' $?
open 80 24 screen
watch "$broken --utc --no-screen"
sees '^all over$'
result '--no-screen: lines instead' $?

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
