#!/bin/sh
# The unit tests, the golden captures, bad input, every capture at hand, each of those spoilt, and
# allocations that fail, with sanitizers on.
export LC_ALL=C BUILD=build/san
export UBSAN_OPTIONS=print_stacktrace=1

"${MAKE:-make}" -j"${JOBS:-2}" SAN=1 all || { echo '0 passed, 1 failed'; exit 1; }
"${MAKE:-make}" -j"${JOBS:-2}" SAN=1 --keep-going units

log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0
for suite in tests/unit/run "$(tests/lib/python) tests/golden/run.py" tests/check/hostile.sh \
    tests/check/survive.sh 'tests/mutate/run 2' 'tests/faults/run 24'; do
    $suite >"$log" 2>&1
    cat "$log"
    # "N passed, N failed[, N skipped]"
    # shellcheck disable=SC2046 # numbers
    set -- $(tail -n 1 "$log" | tr -dc '0-9 ') 0
    passed=$((passed + ${1:-0})) failed=$((failed + ${2:-1})) skipped=$((skipped + ${3:-0}))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
