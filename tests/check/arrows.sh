#!/bin/sh
# No room includes what stands after it in the flow, nor a library that is another room's.
# With a folder as argument only that tree is checked; without, first the check itself is tried.
export LC_ALL=C

# room: doors it may open (its own goes without saying) | headers of libraries it may include
rules='
base:     |
registry: base |
capture:  base | pcap.h pcap/ zlib.h zstd.h
packet:   base registry capture |
crypto:   base registry | openssl/
ike:      base registry capture packet crypto |
esp:      base registry capture packet crypto |
track:    base registry capture packet ike esp |
diagnose: base registry capture packet ike esp track |
report:   base registry capture packet crypto ike esp track diagnose | curses.h
copy:     base registry capture packet crypto ike esp track diagnose |
pipeline: base registry capture packet crypto ike esp track diagnose |
cli:      base registry capture packet crypto ike esp track diagnose report copy pipeline | seccomp.h microhttpd.h dlfcn.h sched.h'

# C11, POSIX, and what the system and the compiler bring: anybody's.
standard='^(assert|ctype|errno|inttypes|limits|locale|math|setjmp|signal|stdarg|stdalign|stdatomic'
standard="$standard"'|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|time|unistd|dirent|fcntl'
standard="$standard"'|getopt|glob|grp|langinfo|poll|pwd|pthread|termios|wchar|(sys|net|netinet|arpa|linux|sanitizer)/[a-z0-9_/]+)\.h$'

# One line a forbidden include of the tree at $1.
violations() {
    (cd "$1" && grep -rnE '^[ \t]*#[ \t]*include' src include 2>/dev/null) |
        awk -v rules="$rules" -v standard="$standard" '
        BEGIN {
            n = split(rules, row, "\n")
            for (i = 1; i <= n; i++) {
                if (!split(row[i], part, /[:|]/))
                    continue
                known[part[1]] = 1
                for (k = split(part[2], word, " "); k > 0; k--)
                    may_open[part[1], word[k]] = 1
                libraries[part[1]] = part[3]
            }
        }
        function refuse(why) { print file ":" line ": " why }
        {
            split($0, at, ":")
            file = at[1]; line = at[2]
            split(file, step, "/")
            door = step[1] == "include"
            room = door ? step[3] : step[2]
            sub(/\.(h|def)$/, "", room)
            if (!match($0, /[<"][^>"]+[>"]/)) { refuse("an include that is no name"); next }
            form = substr($0, RSTART, 1)
            name = substr($0, RSTART + 1, RLENGTH - 2)
            if (!(room in known)) { refuse("room " room " has no row in the table"); next }

            if (name ~ /^espial\//) {
                split(name, step, "/")
                other = step[2]
                sub(/\.(h|def)$/, "", other)
                if (other != room && !((room, other) in may_open))
                    refuse(room " may not open the door of " other)
            } else if (form == "\"") {
                if (door) refuse("a door may not include a private header: " name)
                else if (name ~ /\//) refuse("a private header has no path: " name)
            } else if (name !~ standard) {
                if (door) { refuse("a door may not include " name); next }
                allowed = 0
                for (k = split(libraries[room], word, " "); k > 0; k--)
                    if (name == word[k] || (word[k] ~ /\/$/ && index(name, word[k]) == 1))
                        allowed = 1
                if (!allowed) refuse(room " may not include " name)
            }
        }'
}

if [ $# -gt 0 ]; then
    violations "$1"
    exit
fi

passed=0 failed=0
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT

try() { # how many violations, file, its include
    rm -rf "$tree/src" "$tree/include"
    mkdir -p "$tree/${2%/*}"
    echo "#include $3" >"$tree/$2"
    found=$(violations "$tree" | wc -l)
    if [ "$found" -eq "$1" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "self-test: $2 with #include $3 gives $((found)) violations, not $1"
    fi
}
try 0 src/track/flow.c '"espial/packet.h"'
try 0 src/track/flow.c '"memory.h"'
try 0 src/capture/live.c '<pcap/pcap.h>'
try 0 src/cli/main.c '<signal.h>'
try 0 include/espial/base/text.h '"espial/base/macros.h"'
try 1 src/track/flow.c '"espial/diagnose.h"'
try 1 src/track/flow.c '"../diagnose/finding.h"'
try 1 src/report/text.c '"espial/pipeline.h"'
try 1 src/esp/ah.c '"espial/ike.h"'
try 1 src/packet/ipv4.c '<openssl/evp.h>'
try 1 src/report/metrics.c '<microhttpd.h>'
try 1 src/capture/live.c '<unheard_of.h>'
try 1 src/newroom/new.c '"espial/base.h"'
try 1 include/espial/capture.h '<pcap.h>'
try 1 include/espial/capture.h '"live.h"'
try 1 include/espial/packet.h '"espial/track/model.h"'
try 1 include/espial/track/model.h '"espial/diagnose.h"'

found=$(violations .)
if [ -n "$found" ]; then
    echo "$found"
    failed=$((failed + $(echo "$found" | wc -l)))
else
    passed=$((passed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
