#!/bin/sh
# However the bytes come, the records are the same: in drops, packed, unpacked by a second thread;
# and a pipe that stalls can be left.
export LC_ALL=C
espial=$(cd "${BUILD:-build}" && pwd)/espial
pcaps=$PWD/pcaps
passed=0 failed=0
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT
cd "$tree" || exit 2

pass_if() { # status, what it is about
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$2"
    fi
}

# The records of standard input; how long it took is another matter.
records() {
    "$espial" triage --json --exit-zero "$@" - | sed 's/,"elapsed_s":[^,}]*//'
}

pack() { # file, form
    case $2 in
    gzip) gzip -c "$1" ;;
    zstd) zstd -qc "$1" ;;
    esac
}

# Sections of a pcapng file may follow one another: enough to be worth a thread.
cat "$pcaps"/*.pcapng >all
records <all >whole
[ "$(wc -c <all)" -gt 1000000 ] && [ "$(grep -c '"type":"flow"' whole)" -gt 50 ]
pass_if $? 'the bundled captures together are too few to tell anything'

small=$(find "$pcaps" -name 'healthy-ikev2.pcapng')
records <"$small" >expected
dd if="$small" bs=1 2>/dev/null | records >dripped
cmp -s expected dripped
pass_if $? 'a pipe that gives a byte at a time: other records'

for form in gzip zstd; do
    pack all "$form" >packed
    records <packed >ahead
    cmp -s whole ahead
    pass_if $? "$form: other records than plain"
    records --one-thread <packed >alone
    cmp -s whole alone
    pass_if $? "$form: other records without a thread"
    dd if=packed bs=7 2>/dev/null | records >dripped
    cmp -s whole dripped
    pass_if $? "$form, seven bytes at a time: other records"

    # What is wrong with it is said in the same words too.
    head -c 600000 packed >cut.off
    records <cut.off >ahead 2>ahead.err
    records --one-thread <cut.off >alone 2>alone.err
    [ -s ahead.err ] && cmp -s ahead.err alone.err && cmp -s ahead alone
    pass_if $? "$form, cut: $(cat ahead.err alone.err)"
done

# Ctrl-C while nothing comes: the report of what came. (Once it is caught: that is when it reads.)
for file in "$small" packed; do
    mkfifo pipe
    (cat "$file"; exec sleep 60) >pipe &
    writer=$!
    "$espial" triage --json --exit-zero pipe >out 2>err <pipe &
    reader=$!
    tries=0
    while [ $tries -lt 100 ] && ! grep -q '^SigCgt:.*[2367abef]$' /proc/$reader/status 2>/dev/null; do
        sleep 0.05
        tries=$((tries + 1))
    done
    sleep 0.3
    kill -INT $reader 2>/dev/null
    (sleep 20; kill -9 $reader) 2>/dev/null &
    killer=$!
    wait $reader
    status=$?
    kill $writer $killer 2>/dev/null
    [ $status -eq 0 ] && [ ! -s err ] && grep -q '"type":"summary"' out &&
        ! grep -q '"packets":0,' out
    pass_if $? "Ctrl-C while $file stalls: status $status; $(cat err)"
    rm pipe
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
