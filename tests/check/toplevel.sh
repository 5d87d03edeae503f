#!/bin/sh
# The top level is short enough to be understood at a glance, and stays so. build/ is not in git.
export LC_ALL=C
expected='Makefile README.md include pcaps src tests'
found=$(for name in *; do [ "$name" = build ] || echo "$name"; done | tr '\n' ' ')
if [ "${found% }" = "$expected" ]; then
    echo '1 passed, 0 failed'
else
    echo "top level: $found"
    echo "expected:  $expected"
    echo '0 passed, 1 failed'
    exit 1
fi
