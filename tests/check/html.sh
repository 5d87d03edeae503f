#!/bin/sh
# The HTML report: a whole file or none, bounded however large the capture is; and what a browser
# makes of it, for which headless Chromium opens the page of every bundled capture.
export LC_ALL=C.UTF-8 TZ=UTC
build=${BUILD:-build}
espial=$build/espial
packages=$build/npm
passed=0 failed=0 skipped=0
tree=$(mktemp -d) || exit 2
trap 'chmod -R u+rwx "$tree"; rm -rf "$tree"' EXIT
pages=$tree/pages
mkdir "$pages"
python=$(tests/lib/python)

result() { # what, status
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1"
    fi
}

check() { # what, command …
    what=$1
    shift
    "$@" >"$tree/log" 2>&1
    status=$?
    [ "$status" -eq 0 ] || cat "$tree/log"
    result "$what" "$status"
}

# --- the file ---

sound=pcaps/spi-mismatch-after-rekey.pcapng

left_nothing() { # folder
    [ -z "$(ls -A "$1")" ]
}

says() { # status, pattern of standard error, arguments of espial
    want=$1 pattern=$2
    shift 2
    "$espial" "$@" >"$tree/out" 2>"$tree/err"
    got=$?
    cat "$tree/err"
    [ "$got" -eq "$want" ] && grep -qE -e "$pattern" "$tree/err"
}

page_alone() {
    "$espial" --utc --html - "$sound" >"$tree/alone.html"
    [ $? -eq 1 ] && head -n 1 "$tree/alone.html" | grep -q '^<!DOCTYPE html>' &&
        tail -n 1 "$tree/alone.html" | grep -q '^</html>$'
}

page_besides() { # the report on standard output stays what it is
    "$espial" --utc "$sound" >"$tree/text"
    "$espial" --utc --html "$tree/besides.html" "$sound" >"$tree/text2"
    cmp "$tree/text" "$tree/text2" && cmp "$tree/alone.html" "$tree/besides.html"
}

full_disk() { # a page of some 25 KB, and room for 8 KB
    mkdir -p "$tree/small"
    (
        trap '' XFSZ
        ulimit -f 16
        says 3 'besides|small/page.html: ' --html "$tree/small/page.html" -q "$sound"
    ) && left_nothing "$tree/small"
}

keeps_the_old() {
    mkdir -p "$tree/old"
    echo old >"$tree/old/page.html"
    (
        trap '' XFSZ
        ulimit -f 16
        says 3 'page.html' --html "$tree/old/page.html" -q "$sound"
    ) && [ "$(cat "$tree/old/page.html")" = old ] && [ "$(ls -A "$tree/old")" = page.html ]
}

check 'the page alone on standard output' page_alone
check 'the page besides the text' page_besides
check 'no folder for it: said before all is read' says 3 'nowhere/page.html' --html "$tree/nowhere/page.html" "$sound"
check 'its name was forgotten' says 2 "capture's name" --html "$sound" "$sound"
check 'a device stays one' says 2 'that is no file' --html /dev/null "$sound"
check 'a folder is no file' says 2 'that is no file' --html "$tree" "$sound"
check 'standard output holds one thing' says 2 'standard output' --json --html - "$sound"
check 'a full disk: an error, and no part of a page' full_disk
check 'a full disk: what stood there before stays' keeps_the_old

# --- bounds ---

"${MAKE:-make}" "$build/tests/bench/generate" >"$tree/log" 2>&1 || cat "$tree/log"
"$build/tests/bench/generate" tunnels 20000000 "$tree/tunnels.pcap" 10000
"$build/tests/bench/generate" initiators 20000000 "$tree/initiators.pcap"
"$build/tests/bench/generate" tunnels 100000 "$tree/dozens.pcap" 40

bounded() { # capture
    "$espial" --utc -q --html "$pages/$1.html" "$tree/$1.pcap" >/dev/null
    size=$(wc -c <"$pages/$1.html")
    echo "$size bytes"
    [ "$size" -gt 20000 ] && [ "$size" -lt 5242880 ] &&
        grep -q '<p class="folded">[0-9,]* more tunnels are not shown' "$pages/$1.html"
}

check '10,000 tunnels: under 5 MiB, and it says what is folded' bounded tunnels
check '50,000 initiators: the same' bounded initiators
"$espial" --utc -q --html "$pages/dozens.html" "$tree/dozens.pcap" >/dev/null

# --- in a browser ---

# What npm brings is kept beside the build, as long as the list of it is the same.
fetch() {
    cmp -s tests/html/package-lock.json "$packages/installed" && return
    rm -rf "$packages"
    mkdir -p "$packages"
    cp tests/html/package.json tests/html/package-lock.json "$packages/"
    (cd "$packages" && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 \
        --loglevel=error) && cp tests/html/package-lock.json "$packages/installed"
}

skip() { # why
    echo "not opened in a browser: $1"
    skipped=$((skipped + 1))
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
    exit
}

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
[ -n "$chromium" ] || skip 'there is no Chromium'
for tool in node npm; do
    command -v "$tool" >/dev/null || skip "there is no $tool"
done
if ! fetch >"$tree/npm" 2>&1; then
    (cd "$packages" && npm ping --fetch-retries=0 --fetch-timeout=10000) >/dev/null 2>&1 ||
        skip 'the npm registry cannot be reached'
    cat "$tree/npm"
    result 'npm installs what the browser test needs' 1
    echo "$passed passed, $failed failed"
    exit 1
fi

for capture in pcaps/*.pcap*; do
    name=${capture##*/}
    name=${name%%.*}
    "$espial" --utc --json --html "$pages/$name.html" "$capture" >"$pages/$name.json" 2>>"$tree/err"
done

# Of these the pictures are held against every message. With keys, IKEv1, NAT, TCP, AH, refusals.
for name in spi-mismatch-after-rekey peer-dead-esp-continues healthy-ikev2 psk-mismatch-ikev1 \
    ike-auth-no-response ike-fragments-lost ike-retransmissions nat-ikev2 ikev1-child-lost-after-reauth \
    made-ike-over-tcp made-rekey-collision both-initiate ah-with-nat made-ike-window-stall one-sided \
    healthy-two-children proposal-mismatch-ikev2 reauth-gap esp-one-way-raw; do
    capture=$(find pcaps -name "$name.pcap*" | head -n 1)
    [ -n "$capture" ] && "$espial" show --json "$capture" >"$pages/$name.show"
done

cp pcaps/ts-narrowed.pcapng "$tree/"
"$espial" --utc --json -k pcaps/ts-narrowed.keys --html "$pages/with-keys.html" "$tree/ts-narrowed.pcapng" \
    >"$pages/with-keys.json"
$python tests/html/hostile.py "$tree/<img src=x onerror=alert(1)>.pcap"
"$espial" --utc --json --html "$pages/hostile.html" "$tree/<img src=x onerror=alert(1)>.pcap" >"$pages/hostile.json"
printf '%s\n' spi-mismatch-after-rekey healthy-ikev2 psk-mismatch-ikev1 hostile dozens >"$pages/deep"

CHROMIUM=$chromium node tests/html/browse.mjs "$packages" "$pages" >"$tree/browser" 2>&1
counts=$(tail -n 1 "$tree/browser" | grep -E '^[0-9]+ [0-9]+$')
sed '$d' "$tree/browser"
if [ -z "$counts" ]; then
    tail -n 1 "$tree/browser"
    result 'the browser test runs to its end' 1
else
    passed=$((passed + ${counts% *}))
    failed=$((failed + ${counts#* }))
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
