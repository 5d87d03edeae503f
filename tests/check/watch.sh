#!/bin/sh
# espial watch without a terminal: what it tells as it happens, and what it puts out besides:
# metrics as a file and over HTTP, a command for findings, saved evidence.
export LC_ALL=C TZ=UTC
root=$PWD
espial=$(cd "${BUILD:-build}" && pwd)/espial
python=$(tests/lib/python)
passed=0 failed=0 skipped=0
tree=$(mktemp -d) || exit 2
pid=
# What was started here and still runs is ended.
trap 'chmod -R u+rwx "$tree"; [ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$tree"' EXIT
cd "$tree" || exit 2

pass_if() { # STATUS WHAT: counts, and names what went wrong
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$2"
        [ ! -s err ] || sed 's/^/    /' err
    fi
}

skip() {
    skipped=$((skipped + 1))
    echo "skipped: $1"
}

watch() { # arguments: output in out and err, the status in $got
    timeout 60 "$espial" watch "$@" >out 2>err </dev/null
    got=$?
}

json() { # FILE EXPRESSION over `records`, the objects of its lines: it must be true
    "$python" -c 'import json, sys
with open(sys.argv[1]) as file:
    records = [json.loads(line) for line in file]
sys.exit(not eval(sys.argv[2]))' "$1" "$2" 2>>err
}

sound() { # FILE SAMPLE...: a file of metrics
    "$python" "$root/tests/check/exposition.py" "$@" 2>>err
}

# Ends what was started as $pid, by force if it takes too long; its status in $got. Once: a second
# signal, such as `timeout` passes on to its whole group, would not wait for the report.
end() {
    kill -TERM "$pid"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$pid" 2>/dev/null || break
        sleep 1
    done
    kill -KILL "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    got=$?
    pid=
}

one_way=$root/pcaps/esp-one-way-raw.pcapng
recovered=$root/pcaps/dpd-recovered.pcapng

# --- as it happens ---

watch --json -r "$recovered"
json out "[r['state'] for r in records if r['type'] == 'finding' and r['id'] == 'dpd-unanswered'
    and 'state' in r][:1] == ['begins']"
pass_if $? 'a finding is told when it begins'
json out "any(r.get('event') == 'finding-ended' and r['id'] == 'dpd-unanswered' for r in records)"
pass_if $? 'a finding is told when it ends'
json out "records[-1]['type'] == 'summary'"
pass_if $? 'the report comes last'

# The first line is there long before the last: this capture takes 4 s at that speed.
mkfifo lines
"$espial" watch --speed 10 -r "$one_way" >lines 2>err </dev/null &
pid=$!
exec 3<lines
read -r line <&3
kill -0 "$pid" 2>/dev/null
pass_if $? "lines are flushed as things happen: $line"
cat <&3 >rest &
reader=$!
end
wait "$reader"
exec 3<&-
{ [ "$got" -le 1 ] && grep -q '^Tunnel 1' rest; }
pass_if $? "SIGTERM gives the report: status $got"

# --- metrics as a file ---

onwards='source="192.0.2.1",destination="198.51.100.1"'
mkdir metrics
watch -q --metrics metrics/espial.prom -r "$one_way"
sound metrics/espial.prom "espial_esp_packets_total{$onwards} 39" \
    'espial_finding_active{id="esp-one-way",severity="error"} 1' 'espial_tunnels{state="established"} 1'
pass_if $? 'metrics: a sound file with what the capture holds'
[ "$(ls -A metrics)" = espial.prom ]
pass_if $? 'metrics: nothing is left beside the file'

(for _ in 1 2 3 4 5 6 7 8 9 10; do
    "$espial" watch -q --metrics metrics/espial.prom -r "$one_way" >/dev/null 2>&1 </dev/null
done) &
pid=$!
torn=0
while kill -0 "$pid" 2>/dev/null; do
    sound metrics/espial.prom || torn=1
done
wait "$pid"
pid=
pass_if "$torn" 'metrics: the file is whole whenever it is looked at'

watch --metrics nowhere/espial.prom -r "$one_way"
{ [ "$got" -eq 3 ] && grep -q 'metrics: nowhere/espial.prom: No such file' err && [ ! -s out ]; }
pass_if $? "metrics: a folder that is not there ends it before it begins: status $got"

# --- metrics over HTTP ---

for bad in 9750 :x 127.0.0.1:70000 ::1:80 localhost:80 :; do
    watch --metrics-listen "$bad" -r "$one_way"
    { [ "$got" -eq 2 ] && [ "$(grep -c '' err)" -eq 1 ]; }
    pass_if $? "--metrics-listen $bad: status $got"
done

serve() { # arguments of watch: starts it, and waits for the port that it says
    rm -f out
    "$espial" watch --json "$@" >out 2>err </dev/null &
    pid=$!
    port=
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        port=$(sed -n 's/.*metrics are served on port \([0-9]*\).*/\1/p' out)
        [ -z "$port" ] || break
        sleep 0.25
    done
}

serve --speed 1 --metrics-listen :0 -r "$one_way"
"$python" "$root/tests/check/scrape.py" "$port" 2>>err
pass_if $? 'HTTP: good clients are answered, bad ones refused, slow ones sent away'
end
{ [ "$got" -le 1 ] && json out "records[-1]['type'] == 'summary'"; }
pass_if $? "HTTP: the watching went on and ends as told: status $got"

# --- a command for findings ---

watch -q --on-finding 'cat >>found; echo said >&1' -r "$one_way"
json found "[(r['id'], r['state']) for r in records] == [('esp-one-way', 'begins')]"
pass_if $? 'on-finding: the record comes on standard input'
! grep -q said out
pass_if $? 'on-finding: what the command prints is not mixed into the lines'

watch --on-finding 'exit 7' -o commands-a-minute=1 -r "$one_way" -r "$recovered"
[ "$(cat out err | grep -c 'a command failed')" -eq 1 ]
pass_if $? 'on-finding: a command that fails is said once'

begin=$(date +%s)
watch --on-finding 'sleep 100' -o command-time=1 -r "$one_way"
{ [ "$got" -eq 1 ] && [ $(($(date +%s) - begin)) -lt 20 ]; }
pass_if $? 'on-finding: a command that hangs is ended'

# --- evidence ---

watch --ring ring -r "$one_way"
saved=$(find ring -name 'espial-*-esp-one-way-tunnel1.pcapng')
record=${saved%.pcapng}.json
{ [ -n "$saved" ] && grep -q "saved [0-9]* packets as $saved" out; }
pass_if $? 'ring: a file is saved, and said'
json "$record" "[r['id'] for r in records] == ['esp-one-way']"
pass_if $? 'ring: the finding stands beside it'
[ "$(find ring -type f | wc -l)" -eq 2 ]
pass_if $? 'ring: nothing is left beside them'
"$espial" --json "$saved" >again 2>err
json again "any(r['type'] == 'finding' and r['id'] == 'esp-one-way' for r in records)"
pass_if $? 'ring: espial finds the same in what was saved'

if command -v tshark >/dev/null 2>&1; then
    fields='-T fields -e frame.time_epoch -e frame.len -e frame.cap_len -e frame.interface_name'
    # shellcheck disable=SC2086 # fields are words
    tshark -r "$one_way" -Y 'isakmp || esp' $fields 2>>err >source.txt
    # shellcheck disable=SC2086
    tshark -r "$saved" $fields 2>>err >saved.txt
    count=$(wc -l <saved.txt)
    { [ "$count" -gt 40 ] && head -n "$count" source.txt | cmp -s - saved.txt; }
    pass_if $? 'ring: tshark reads the packets with their times, lengths and interfaces'
    tshark -r "$saved" -Y frame.comment -T fields -e frame.comment 2>>err |
        grep -q '^esp-one-way: first ESP packet from 192.0.2.1 with nothing back$'
    pass_if $? 'ring: the evidence has comments'
else
    skip 'no tshark'
fi
if command -v tcpdump >/dev/null 2>&1; then
    tcpdump -xx -nn -tt --time-stamp-precision=nano -r "$one_way" 'esp or udp port 500' \
        2>/dev/null >source.txt
    tcpdump -xx -nn -tt --time-stamp-precision=nano -r "$saved" 2>/dev/null >saved.txt
    { [ -s saved.txt ] && head -n "$(wc -l <saved.txt)" source.txt | cmp -s - saved.txt; }
    pass_if $? 'ring: tcpdump reads the same bytes'
else
    skip 'no tcpdump'
fi

watch --ring none --severity warning -r "$root/pcaps/healthy-ikev2.pcapng"
[ -d none ] && [ -z "$(ls -A none)" ]
pass_if $? 'ring: a healthy tunnel saves nothing'

mkdir gone
timeout 60 "$espial" watch --speed 20 --ring gone --metrics gone/m.prom -r "$one_way" >out 2>err \
    </dev/null &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ ! -e gone/m.prom ] || break
    sleep 0.1
done
rm -r gone
wait "$pid"
got=$?
pid=
{ [ "$got" -eq 1 ] && [ "$(grep -c -e '--ring: .*No such file' out)" -eq 1 ] &&
    [ "$(grep -c -e '--metrics: .*No such file' out)" -eq 1 ] && grep -q '^Tunnel 1' out; }
pass_if $? "a folder that goes away is said once, and the watching goes on: status $got"

# In a mount namespace of its own, which goes with the process.
mkdir full
if unshare -m true 2>/dev/null; then
    timeout 60 unshare -m sh -c 'mount -t tmpfs -o size=8k none full && exec "$@"' sh \
        "$espial" watch --ring full --ring-level note -r "$one_way" >out 2>err </dev/null
    got=$?
    { [ "$got" -eq 1 ] && [ "$(grep -c -e '--ring: .*No space left' out)" -eq 1 ] &&
        grep -q '^Tunnel 1' out; }
    pass_if $? "a full disk is said once, and the watching goes on: status $got"
else
    skip 'no mount namespace to fill a disk in'
fi

for bad in '--ring-size 0' '--ring-size 99999999' '--ring-level bad'; do
    # shellcheck disable=SC2086 # an option and its value
    watch --ring ring $bad -r "$one_way"
    [ "$got" -eq 2 ]
    pass_if $? "$bad: status $got"
done
: >file
watch --ring file/below -r "$one_way"
{ [ "$got" -eq 3 ] && [ "$(grep -c '' err)" -eq 1 ]; }
pass_if $? "ring: a folder that cannot be made ends it before it begins: status $got"

# --- on an interface, with the rights given up ---

# An address of this run's own: others may use the interface too.
here=127.$(($$ / 60000 % 250 + 1)).$(($$ / 250 % 250)).$(($$ % 250 + 1))

send() { # IKE_SA_INIT requests that nobody answers
    "$python" - "$here" <<'P'
import socket
import sys
header = bytes.fromhex("0102030405060708" "0000000000000000" "00202208" "00000000" "0000001c")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    for _ in range(3):
        s.sendto(header, (sys.argv[1], 500))
P
}

can_capture() {
    [ "$(id -u)" -eq 0 ] || return 1
    timeout 20 "$espial" watch -q -i lo -f "host $here" -c 1 >out 2>err </dev/null &
    sleep 1
    send
    wait $!
    [ $? -le 1 ]
}

# Whom it becomes has to get here.
chmod 755 "$tree"
if can_capture; then
    mkdir -m 700 private
    watch -i lo --ring private
    { [ "$got" -eq 3 ] && grep -q 'ring: .*Permission denied; files are written as the user nobody' err; }
    pass_if $? "lo: a folder that nobody may write in ends it before it begins: status $got"

    mkdir -m 777 public
    serve -i lo -f "host $here" --ring made --metrics public/m.prom --metrics-listen :0
    send
    "$python" "$root/tests/check/scrape.py" "$port" 2>>err
    pass_if $? 'lo: HTTP works in the sandbox'
    sound public/m.prom
    pass_if $? 'lo: the file is written in the sandbox'
    [ "$(stat -c %U made)" = nobody ]
    pass_if $? 'lo: the folder of the ring belongs to whom it becomes'
    end
    sound public/m.prom 'espial_packets_total{kind="ike"} 3'
    pass_if $? 'lo: what was captured is counted'
else
    skip 'not root, or no interface lo to capture on'
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
