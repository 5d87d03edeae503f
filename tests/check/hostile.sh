#!/bin/sh
# What bad input and bad usage get: the exit status, one line on standard error that says what is
# wrong, and the report of all that could be read.
export LC_ALL=C
espial=$(cd "${BUILD:-build}" && pwd)/espial
sound=$(find "$PWD"/pcaps -name 'healthy-ikev1.pcap*' | head -n 1)
python=$(tests/lib/python)
passed=0 failed=0
tree=$(mktemp -d) || exit 2
trap 'chmod -R u+rwx "$tree"; rm -rf "$tree"' EXIT
cd "$tree" || exit 2

# expect STATUS PATTERN [PATTERN of standard output] -- arguments of espial
expect() {
    status=$1 pattern=$2 output=
    shift 2
    [ "$1" = -- ] || { output=$1; shift; }
    shift
    timeout 20 "$espial" "$@" >out 2>err </dev/null
    got=$?
    why=
    [ "$got" -eq "$status" ] || why="status $got, not $status"
    if [ -n "$pattern" ]; then
        grep -qE -e "$pattern" err || why="$why; standard error lacks: $pattern"
        [ "$(grep -c '' err)" -eq 1 ] || why="$why; not one line on standard error"
    elif [ -s err ]; then
        why="$why; standard error is not empty"
    fi
    if [ -n "$output" ] && ! grep -qE -e "$output" out; then
        why="$why; output lacks: $output"
    fi
    if [ -z "$why" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "espial $*: ${why#; }"
        sed 's/^/    /' err
    fi
}

cp "$sound" sound.pcap
size=$(wc -c <sound.pcap)
: >empty.pcap
echo 'To whom it may concern: this is no capture.' >letter.txt
head -c 11 sound.pcap >header.pcap
head -c $((size - 10)) sound.pcap >broken.pcap
mkdir folder hollow
cp sound.pcap folder
gzip -c sound.pcap | head -c 300 >broken.pcap.gz
head -c 4000 /dev/urandom >noise.pcap
# A frame that claims four GiB, after a sound header.
{ head -c 24 sound.pcap; printf '\1\0\0\0\1\0\0\0\377\377\377\377\377\377\377\377'; } >giant.pcap
# First fragments that nothing follows, each of a sender of its own: more than are kept.
$python - >fragments.pcap <<'END'
import struct
import sys

out = sys.stdout.buffer
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
for i in range(20000):
    frame = struct.pack(">BBHHHBBHII", 0x45, 0, 84, i, 0x2000, 64, 17, 0, 0x0a000000 + i, 0xc0000201)
    frame += struct.pack(">HHHH56x", 500, 500, 2000, 0)
    out.write(struct.pack("<IIII", 1800000000 + i // 5000, i % 5000, len(frame), len(frame)) + frame)
END

json=--json
expect 0 '' '"type":"summary"' -- $json sound.pcap
expect 3 'missing\.pcap.*[Nn]o such file' -- missing.pcap
expect 3 'empty\.pcap.*empty' -- empty.pcap
expect 3 'letter\.txt.*(not|neither|no) ' -- letter.txt
expect 3 'noise\.pcap' -- noise.pcap
expect 3 'header\.pcap.*(offset|byte)' -- header.pcap
expect 3 'giant\.pcap.*(offset|byte)' -- giant.pcap

# What stands before the damage is reported, and so are the other files.
expect 3 'broken\.pcap.*(offset|byte)' '"type":"tunnel"' -- $json broken.pcap
expect 3 'broken\.pcap\.gz' '"type":"summary"' -- $json broken.pcap.gz
expect 3 'missing\.pcap' '"type":"tunnel"' -- $json missing.pcap sound.pcap
expect 3 'letter\.txt' '"type":"tunnel"' -- $json sound.pcap letter.txt

# What had to go to stay within bounds is counted.
expect 0 '' '"dropped_fragments":[0-9]' -- $json fragments.pcap
expect 0 '' 'packets are fragments that had to go' -- fragments.pcap

# A folder stands for its captures.
expect 0 '' '"type":"tunnel"' -- $json folder
expect 3 'hollow' -- hollow

# Root may read anything, so there is nothing to test then.
if [ "$(id -u)" -ne 0 ]; then
    cp sound.pcap secret.pcap
    chmod 0 secret.pcap
    expect 3 'secret\.pcap.*[Pp]ermission' -- secret.pcap
fi

expect 2 'needs a capture file' --
expect 2 'unknown option --jsno; did you mean --json' -- --jsno sound.pcap
expect 2 'unknown option --severty; did you mean --severity' -- --severty=error sound.pcap
expect 2 'unknown option -Z' -- -Z sound.pcap
expect 2 '--severity.*"grave"' -- --severity grave sound.pcap
expect 2 'did you mean error' -- --severity eror sound.pcap
expect 2 '(--count|-c).*number' -- -c many sound.pcap
expect 2 '--ike-port.*70000' -- --ike-port 70000 sound.pcap
expect 2 'needs an argument' -- sound.pcap -f
expect 2 'takes no argument' -- --json=yes sound.pcap
expect 2 'filter|frobnicate' -- -f 'frobnicate the bar' sound.pcap
expect 2 'did you mean triage' -- traige sound.pcap
expect 2 'esp-one-wy.*esp-one-way' -- explain esp-one-wy

expect 0 '' 'usage' -- --help
expect 0 '' '^espial [0-9]+\.[0-9]+\.[0-9]+$' -- --version
expect 0 '' 'esp-one-way' -- explain
expect 0 '' 'RFC' -- explain esp-one-way

# Standard input, once.
"$espial" --json - <sound.pcap 2>/dev/null | grep -q '"type":"tunnel"' &&
    passed=$((passed + 1)) || { failed=$((failed + 1)); echo 'espial - reads no standard input'; }

# Full output must not look like success.
if [ -c /dev/full ]; then
    "$espial" --json sound.pcap >/dev/full 2>err
    if [ $? -eq 3 ] && [ -s err ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo 'espial: a full disk is no failure'
    fi
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
