#!/bin/sh
# Every rule is proven: a capture that has its finding (or shows it as a consequence), a unit test
# that names it, and no expectation names a rule that there is not.
export LC_ALL=C
espial="${BUILD:-build}/espial"
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# What needs keys of daemons that are not at hand, live traffic or more packets than a bundled capture
# should have: unit tests alone have it.
cat >"$work/unit-only" <<'ROWS'
esp-decrypt-failed
ike-flood
ike-tcp-unstable
no-additional-sas
null-auth
temporary-failure
ROWS

COLUMNS=200 "$espial" explain | awk '/^(note|warning|error) / { print $2 }' | sort >"$work/rules"
cat pcaps/*.expect.jsonl | grep -o '"id":"[a-z0-9-]*"' | cut -d'"' -f4 | sort -u >"$work/captures"
cat tests/unit/diagnose/*.c | grep -oE '"[a-z0-9]+(-[a-z0-9]+)*"' | tr -d '"' | sort -u >"$work/units"

failed=0
complain() { # what, file of ids
    while read -r id; do
        echo "$id: $1"
        failed=$((failed + 1))
    done <"$2"
}
sort -u "$work/captures" "$work/unit-only" | comm -23 "$work/rules" - >"$work/no-capture"
comm -23 "$work/rules" "$work/units" >"$work/no-unit"
comm -13 "$work/rules" "$work/captures" >"$work/no-rule"
comm -12 "$work/captures" "$work/unit-only" >"$work/has-one"
complain 'no capture expects it' "$work/no-capture"
complain 'no unit test names it' "$work/no-unit"
complain 'expected of a capture, but there is no such rule' "$work/no-rule"
complain 'a capture has it: take it from the list here' "$work/has-one"

passed=$(wc -l <"$work/rules")
echo "$((passed - (failed < passed ? failed : passed))) passed, $failed failed"
[ "$failed" -eq 0 ]
