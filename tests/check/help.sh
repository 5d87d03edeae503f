#!/bin/sh
# Help: `espial --help` fits a screen, and each command's own lists the options that the command
# takes and no other, which is tried out.
export LC_ALL=C.UTF-8
espial=${BUILD:-build}/espial
passed=0 failed=0
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT

result() { # what, status
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1"
    fi
}

fits() { # file, lines
    awk -v most="$2" 'length($0) > 80 { wide = 1 } END { exit wide || NR > most }' "$1"
}

"$espial" --help >"$tree/all"
fits "$tree/all" 24
result 'espial --help fits a screen' $?

# "-k, --keys PATH  keys from …" to "--keys PATH" and "-k PATH", one a line.
options_of() { # a command's help
    sed -n -E -e 's/^  (-[a-zA-Z],|   ) (--[a-z-]+( [A-Z:=]+)?)  .*/\2/p' \
        -e 's/^  (-[a-zA-Z])  .*/\1/p' "$1"
    sed -n -E 's/^  (-[a-zA-Z]), --[a-z-]+( [A-Z:=]+)?  .*/\1\2/p' "$1"
}

argument_of() { # what help calls it
    case $1 in
    LEVEL) echo error ;;
    WHEN) echo always ;;
    FORM) echo wireshark ;;
    NAME=VALUE) echo patience=5 ;;
    *) echo 7 ;;
    esac
}

commands=$(sed -n -E 's/^  espial \[?([a-z]+)\]? .*/\1/p' "$tree/all")
for command in $commands; do
    "$espial" "$command" --help >"$tree/$command"
    fits "$tree/$command" 60
    result "espial $command --help fits a page" $?
    grep -q '^Examples$' "$tree/$command" && grep -q '^Exit status: 0' "$tree/$command"
    result "espial $command --help has examples and exit statuses" $?
    # Each option has a line of its own, and each line is understood here.
    listed=$(grep -c -E '^  (-[a-zA-Z]|    --)' "$tree/$command")
    options_of "$tree/$command" >"$tree/$command.options"
    [ "$listed" -gt 0 ] && [ "$(grep -c -E '^(--|-n)' "$tree/$command.options")" -eq "$listed" ]
    result "espial $command --help lists options in one form" $?
done

cat "$tree"/*.options | sort -u >"$tree/options"
for command in $commands; do
    wrong=
    while read -r option argument; do
        # The same option of another command can have another argument.
        ! grep -q -e "^$option " "$tree/$command.options" ||
            grep -q -x -F -e "$option${argument:+ $argument}" "$tree/$command.options" || continue
        # shellcheck disable=SC2046 # no word where there is no argument
        "$espial" "$command" "$option" $([ -z "$argument" ] || argument_of "$argument") --help \
            >"$tree/printed" 2>&1
        taken=$?
        grep -q -x -F -e "$option${argument:+ $argument}" "$tree/$command.options"
        listed=$?
        case $taken$listed in
        00) ;;
        21) grep -q "is not an option of $command" "$tree/printed" || wrong="$wrong $option" ;;
        *) wrong="$wrong $option" ;;
        esac
    done <"$tree/options"
    [ -z "$wrong" ] || echo "espial $command:$wrong"
    [ -z "$wrong" ]
    result "espial $command takes the options that it lists, and no others" $?
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
