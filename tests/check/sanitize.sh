#!/bin/sh
# The unit tests, the golden captures, bad input and every capture at hand with sanitizers on.
export LC_ALL=C BUILD=build/san
# The variables of a make around this one are not for the one below.
unset MAKEFLAGS MFLAGS MAKELEVEL
export UBSAN_OPTIONS=print_stacktrace=1

make -j"${JOBS:-2}" SAN=1 all || { echo '0 passed, 1 failed'; exit 1; }
make -j"${JOBS:-2}" SAN=1 --keep-going units

python=$(tests/lib/python)
sum=$(for suite in tests/unit/run "$python tests/golden/run.py" tests/check/hostile.sh \
    tests/check/survive.sh; do
    $suite 2>&1 | tee /dev/stderr | tail -n 1
done | awk '{ p += $1; f += $3; s += $5 }
    END { printf "%d passed, %d failed, %d skipped\n", p, f + (NR != 4), s }')
echo "$sum"
case $sum in *', 0 failed'*) ;; *) exit 1 ;; esac
