#!/bin/sh
# Every capture at hand is read to its end: triage and show exit with a status of their own, and
# print JSON. Meant for the sanitizer build.
export LC_ALL=C
espial=${BUILD:-build}/espial
passed=0 failed=0
error=$(mktemp) || exit 2
trap 'rm -f "$error"' EXIT

for file in $(tests/lib/captures); do
    bad=
    for command in 'triage --json' 'triage' 'show --json' 'show'; do
        # shellcheck disable=SC2086 # a command is words
        timeout 60 "$espial" $command "$file" >/dev/null 2>"$error"
        status=$?
        case $status in
        0 | 1 | 3) ;;
        *)
            bad=yes
            echo "$file: $command: status $status"
            cat "$error"
            ;;
        esac
    done
    if [ -n "$bad" ]; then failed=$((failed + 1)); else passed=$((passed + 1)); fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
