#!/bin/sh
# What the README shows is so: its two commands stand in it, and every `$ espial …` in a console
# block prints what stands below it, and every recipe for jq runs. Times that a run took may differ.
export LC_ALL=C.UTF-8 TZ=UTC COLUMNS=80
unset NO_COLOR LANG
PATH="$PWD/${BUILD:-build}:$PATH"
passed=0 failed=0
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT

result() { # what, status
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "README.md: $1"
    fi
}

[ -f README.md ] || { echo 'no README.md'; echo '0 passed, 1 failed'; exit 1; }
for command in 'make demo' 'make check'; do
    grep -q "$command" README.md
    result "does not tell of $command" $?
done

# Each command of a console block to a file of its own, and what is shown below it to another.
awk -v tree="$tree" '
    /^```console/ { block = 1; next }
    /^```/ { block = 0; shown = "" }
    block && /^\$ / {
        shown = ""
        if ($0 !~ /^\$ (build\/)?espial( |$)/) next
        n++
        shown = sprintf("%s/%03d.shown", tree, n)
        printf "" >shown
        print substr($0, 3) >sprintf("%s/%03d.command", tree, n)
        next
    }
    block && shown { print >shown }' README.md

timeless() { # figures that depend on the machine, not on the capture
    sed -E -e 's/"elapsed_s":[0-9.e+-]+/"elapsed_s":0/g' -e 's/ in [0-9.]+ (s|ms)$//' \
        -e 's/[[:space:]]+$//' "$1"
}

for command in "$tree"/*.command; do
    [ -e "$command" ] || break
    name=${command%.command}
    sh "$command" >"$name.printed" 2>&1 </dev/null
    status=$?
    timeless "$name.printed" >"$name.is"
    timeless "$name.shown" >"$name.should"
    # A line of nothing but "…" or "..." stands for any number of lines left out; then only what is
    # shown has to be there, in its order.
    if grep -qxE '[[:space:]]*(…|\.\.\.)' "$name.should"; then
        awk 'NR == FNR { if ($0 !~ /^[ \t]*(…|\.\.\.)$/) want[++n] = $0; next }
            FNR == 1 { at = 1 }
            $0 == want[at] { at++ }
            END { if (at <= n) { print "missing: " want[at]; exit 1 } }' \
            "$name.should" "$name.is"
    else
        diff -u "$name.should" "$name.is"
    fi
    same=$?
    [ "$status" -le 1 ] || same=1
    result "$(cat "$command"): status $status, or other output than shown" "$same"
done
# A recipe is a paragraph of a sh block that pipes into jq; it reads capture.pcap, or watches eth0.
# On none of these captures may it complain, and on one at least it prints something.
captures='spi-mismatch-after-rekey.pcapng proposal-mismatch-ikev2.pcapng esp-loss.pcap.gz
esp-one-way-raw.pcapng healthy-ikev1.pcap'
awk -v tree="$tree" '
    /^```sh/ { block = 1; next }
    /^```/ || /^$/ { if (recipe ~ /[|] *(\\\n *)?jq /) print recipe >sprintf("%s/%03d.recipe", tree, ++n) }
    /^```/ { block = 0 }
    /^```/ || /^$/ { recipe = ""; next }
    block { recipe = recipe $0 "\n" }' README.md
[ -e "$tree/001.recipe" ]
result 'has no recipe for jq' $?
if command -v jq >/dev/null 2>&1; then
    for recipe in "$tree"/*.recipe; do
        sed -i.as-shown 's/watch -i eth0/watch -r capture.pcap/' "$recipe"
        for capture in $captures; do
            ln -sf "$PWD/pcaps/$capture" "$tree/capture.pcap"
            (cd "$tree" && sh "$recipe" >>"$recipe.printed" 2>>"$recipe.said" </dev/null)
            [ $? -le 1 ] || echo "status above 1 on $capture" >>"$recipe.said"
        done
        cat "$recipe.said"
        [ ! -s "$recipe.said" ] && [ -s "$recipe.printed" ]
        result "$(head -n 1 "$recipe"): complains, or prints nothing" $?
    done
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
