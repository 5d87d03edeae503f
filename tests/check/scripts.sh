#!/bin/sh
# Shell scripts are clean in the eyes of shellcheck.
export LC_ALL=C
if ! command -v shellcheck >/dev/null 2>&1; then
    echo 'no shellcheck'
    echo '0 passed, 0 failed, 1 skipped'
    exit
fi
# Files that a script sources by a name made at run time cannot be followed.
# shellcheck disable=SC2046 # names without spaces
if shellcheck -S warning -e SC1090,SC1091 \
    $(find .ci tests -type f -exec grep -lE '^#!.*[ /](ba)?sh( |$)' {} + | sort); then
    echo '1 passed, 0 failed'
else
    echo '0 passed, 1 failed'
    exit 1
fi
