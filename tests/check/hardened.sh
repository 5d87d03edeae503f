#!/bin/sh
# The release build is hardened: position independent, its tables read-only, the stack and the
# bounds of libc's calls guarded.
export LC_ALL=C
build=${BUILD:-build}
passed=0 failed=0

expect() { # what, and the command that must succeed
    what=$1
    shift
    if "$@" >/dev/null; then
        passed=$((passed + 1))
    else
        echo "not so: $what"
        failed=$((failed + 1))
    fi
}

tells() { # file, readelf's option, pattern
    readelf -W "$2" "$1" | grep -E -- "$3"
}

if [ "$(uname -s)" != Linux ]; then
    echo '0 passed, 0 failed, 11 skipped'
    exit 0
fi
expect 'espial is position independent' tells "$build/espial" -h 'Type: +DYN'
for file in "$build/espial" "$build/libespial.so.0"; do
    expect "$file: tables are read-only once linked" tells "$file" -l GNU_RELRO
    expect "$file: all of it is linked at start" tells "$file" -d 'BIND_NOW|FLAGS.*NOW'
    expect "$file: the stack is not executable" tells "$file" -l 'GNU_STACK .* RW +0x'
    expect "$file: the stack is guarded" tells "$file" --dyn-syms '__stack_chk_fail'
    expect "$file: libc's calls know their bounds" tells "$file" --dyn-syms '__(memcpy|vsnprintf)_chk'
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
