#!/bin/sh
# Static analysis: gcc -fanalyzer, cppcheck and clang-tidy have nothing to say of the sources but
# what static.allow lists with a reason; and all that it lists is still said. --deep adds clang's
# own analyzer, which takes minutes (make static). One check a source and tool.
#
# Analyzers change their mind from release to release, so only those that the list was made with
# are asked.
export LC_ALL=C
here=tests/check
logs=${BUILD:-build}/check/static
deep=
[ "$1" = --deep ] && deep=1
rm -rf "$logs"
mkdir -p "$logs"

flags="-std=c11 -D_GNU_SOURCE -Iinclude -I${BUILD:-build}
$(pkg-config --cflags libpcap zlib libzstd libcrypto jansson ncursesw)"
sources=$(ls src/*/*.c)
count=$(echo "$sources" | wc -l)
passed=0 failed=0 skipped=0

is_version() { # command, what its version begins with
    "$1" --version 2>/dev/null | grep -Eq "(^|[^0-9.])$2\\."
}

# Leaks are left to the leak sanitizer: gcc does not see that the address of a first member is kept.
gcc_says() {
    for source in $sources; do
        # shellcheck disable=SC2086 # flags are words
        gcc $flags '-DES_VERSION="0"' -O2 -fanalyzer -Wno-analyzer-malloc-leak \
            -c -o /dev/null "$source" 2>&1 ||
            echo "$source:1:1: warning: does not compile [compile]"
    done | sed -n 's/^\([^: ]*\):\([0-9]*\):[0-9]*: warning: \(.*\) \[-Wanalyzer-\([a-z-]*\)\]$/gcc \1 \4 line \2: \3/p
s/^\([^: ]*\):\([0-9]*\):[0-9]*: warning: \(.*\) \[\(compile\)\]$/gcc \1 \4 line \2: \3/p'
}

cppcheck_says() {
    cppcheck --std=c11 --enable=warning,performance,portability --quiet -Iinclude -D_GNU_SOURCE \
        -DES_VERSION='"0"' --template='cppcheck {file} {id} line {line}: {message}' src 2>&1 |
        grep '^cppcheck '
}

tidy_says() {
    [ "$deep" ] || set -- '-checks=-clang-analyzer-*'
    # shellcheck disable=SC2086 # flags and sources are words
    clang-tidy --quiet "$@" $sources -- $flags '-DES_VERSION="0"' 2>/dev/null |
        sed -n "s|^$PWD/||
s/^\([^: ]*\):\([0-9]*\):[0-9]*: [a-z]*: \(.*\) \[\([^]]*\)\]\$/tidy \1 \4 line \2: \3/p"
}

# The lines of the list that a tool's run can confirm.
listed() {
    awk -v tool="$1" -v deep="$deep" \
        '$1 == tool && (tool != "tidy" || deep || $3 !~ /^clang-analyzer-/)' "$here/static.allow"
}

ask() { # the tool's name in the list, its command, the version the list was made with
    if ! is_version "$2" "$3"; then
        echo "$2: not version $3, not asked"
        skipped=$((skipped + count))
        return
    fi
    "$1_says" | sort -u >"$logs/$1"
    listed "$1" | awk '{ print $1, $2, $3 }' | sort -u >"$logs/$1.listed"
    awk '{ print $1, $2, $3 }' "$logs/$1" | sort -u >"$logs/$1.kinds"
    new=$(comm -13 "$logs/$1.listed" "$logs/$1.kinds")
    stale=$(comm -23 "$logs/$1.listed" "$logs/$1.kinds")
    wrong=0
    if [ "$new" ]; then
        echo "$new" | while read -r kind; do grep -F "$kind " "$logs/$1"; done
        wrong=$(echo "$new" | cut -d' ' -f2 | sort -u | wc -l)
    fi
    if [ "$stale" ]; then
        echo "$stale" | sed 's/$/: listed, and not said any more/'
        wrong=$((wrong + $(echo "$stale" | wc -l)))
    fi
    failed=$((failed + wrong))
    passed=$((passed + count - wrong))
}

ask gcc gcc 12
ask cppcheck cppcheck 2
ask tidy clang-tidy 14
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
