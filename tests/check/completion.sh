#!/bin/bash
# Completions, in the shells that they are for: what stands behind a line when Tab is pressed.
export LC_ALL=C.UTF-8
build=$PWD/${BUILD:-build}
PATH=$build:$PATH
passed=0 failed=0 skipped=0
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT
mkdir "$tree/functions" "$tree/here"
cp "$build/espial.zsh" "$tree/functions/_espial"
touch "$tree/here/capture.pcap" "$tree/here/capture notes"
mkdir "$tree/here/captures"
cd "$tree/here" || exit 2

ids() { espial explain | sed -n -E "s/^(note|warning|error) +($1[^ ]*).*/\\2/p"; }

# A line as typed so far, and all that can follow its last word.
expect() {
    printf '%s\n' "$1" >>"$tree/lines"
    shift
    printf '%s\n' "$@" | LC_ALL=C sort >>"$tree/expected"
    echo -- >>"$tree/expected"
}
commands=$(espial --help | sed -n -E 's/^  espial \[?([a-z]+)\]? .*/\1/p')
# shellcheck disable=SC2086,SC2046 # words
{
    expect 'espial wa' watch
    expect 'espial e' $(printf '%s\n' $commands | grep '^e')
    expect 'espial show --me' --mermaid
    expect 'espial --exit' --exit-zero
    expect 'espial show --exit'
    expect 'espial --utc -f udp show --exit'
    expect 'espial watch --ring' --ring --ring-level --ring-size --ring-time
    expect 'espial explain esp-o' $(ids esp-o)
    expect 'espial explain esp-one-way ike-dh' $(ids ike-dh)
    expect 'espial explain --vendor c' checkpoint cisco
    expect 'espial --severity w' warning
    expect 'espial --color=al' always
    expect 'espial keys --to ' wireshark
    expect 'espial -o dpd-' $(espial explain --thresholds | sed -n 's/^\(dpd-[^ ]*\).*/\1/p')
    expect 'espial cap' capture.pcap 'capture notes' captures
    expect 'espial show -V cap' capture.pcap 'capture notes' captures
    expect 'espial show -k capt' capture.pcap 'capture notes' captures
    expect 'espial watch --ring cap' captures
    expect 'espial -c 3 --ike-port 7 capture.p' capture.pcap
    expect 'espial capture.pcap --ju'
    expect 'espial watch -i ' $(espial watch -D | awk '{ print $1 }')
}

cat >"$tree/in.bash" <<'B'
source "$1/espial.bash"
while IFS= read -r line; do
    read -ra COMP_WORDS <<<"${line//=/ = }"
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMPREPLY=()
    # As complete -F calls it.
    _espial espial "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\n' "${COMPREPLY[@]}"
    printf "%s\n" --
done
B

cat >"$tree/in.fish" <<'F'
source $argv[1]/espial.fish
while read -l line
    complete -C "$line" | string replace -r '\t.*' '' | string replace -r '^--[a-z]+=(.)' '$1'
    printf "%s\n" --
end
F

# A shell of its own on a terminal of its own; what completion adds is also written to a file.
cat >"$tree/in.zsh" <<'Z'
zmodload zsh/zpty && zpty shell zsh -f -i || exit 2
await() {
    local -i i
    for ((i = 0; i < 400; i++)); do
        [[ -e $1 ]] && return
        zpty -r -t shell chunk || sleep 0.02
    done
    return 1
}
zpty -w shell "PROMPT= fpath=(${(q)2} \$fpath) out=${(q)2}/out"
zpty -w shell 'autoload -U compinit && compinit -D -u
compadd() {
    local -a hits
    if [[ " ${(j: :)@[1,(i)(-|--)]} " != *\ -[OAD]* ]]; then
        builtin compadd -O hits "$@"
        print -rl -- $hits >>$out
    fi
    builtin compadd "$@"
}
finish() { print >$out.done; zle send-break }
zle -N finish
bindkey "^I" complete-word "^X" finish
: >$out.ready'
await $2/out.ready || exit 2
while IFS= read -r line; do
    rm -f $2/out $2/out.done
    zpty -w -n shell "$line"$'\t\x18'
    await $2/out.done || exit 2
    [[ -e $2/out ]] && cat $2/out
    print -- --
done
zpty -d shell
Z

try() { # shell and its arguments
    shell=$1
    shift
    if ! command -v "$shell" >/dev/null 2>&1; then
        echo "no $shell"
        skipped=$((skipped + 1))
        return
    fi
    "$shell" "$@" <"$tree/lines" >"$tree/$shell" 2>"$tree/$shell.error"
    # A list is a set; shells differ in whether they show the "/" or "=" that they add.
    awk -v got_file="$tree/$shell" -v lines="$tree/lines" -v expected="$tree/expected" -v shell="$shell" '
        function next_set(file, set,   line) {
            delete set
            while ((getline line <file) > 0 && line != "--") {
                gsub(/\\/, "", line)
                sub(/[\/=]$/, "", line)
                if (line != "")
                    set[line] = 1
            }
        }
        BEGIN {
            while ((getline typed <lines) > 0) {
                wrong = ""
                next_set(expected, want)
                next_set(got_file, got)
                for (word in want)
                    if (!(word in got)) wrong = wrong " -" word
                for (word in got)
                    if (!(word in want)) wrong = wrong " +" word
                if (wrong != "") print shell ": " typed ":" wrong
                wrong == "" ? good++ : bad++
            }
            print good + 0, bad + 0 >(got_file ".count")
        }' | sed "s/^/  /"
    cat "$tree/$shell.error"
    read -r good bad <"$tree/$shell.count"
    passed=$((passed + good)) failed=$((failed + bad))
}

try bash --norc "$tree/in.bash" "$build"
try zsh -f "$tree/in.zsh" "$build" "$tree/functions"
try fish --no-config "$tree/in.fish" "$build"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
