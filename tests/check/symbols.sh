#!/bin/sh
# Every name that the library gives to the linker begins with es_.
export LC_ALL=C
archive=${BUILD:-build}/libespial.a
names=$(nm -g --defined-only "$archive") || { echo '0 passed, 1 failed'; exit 1; }

# Lines are "address type name"; the system's own names, and sanitizers', begin with an underscore.
foreign=$(echo "$names" | awk 'NF == 3 && $3 !~ /^_?es_/ && $3 !~ /^(__|\.)/ { print $3 }')
if [ -n "$foreign" ]; then
    echo "names without es_ in $archive:"
    echo "$foreign"
    echo '0 passed, 1 failed'
    exit 1
fi
echo '1 passed, 0 failed'
