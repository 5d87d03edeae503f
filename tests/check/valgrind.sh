#!/bin/sh
# The unit tests under valgrind: what sanitizers do not see, such as values never set.
if ! command -v valgrind >/dev/null 2>&1; then
    echo 'no valgrind'
    echo '0 passed, 0 failed, 1 skipped'
    exit
fi
UNDER='valgrind -q --error-exitcode=99 --leak-check=full --suppressions=tests/check/valgrind.supp' \
    tests/unit/run
