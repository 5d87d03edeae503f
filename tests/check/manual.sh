#!/bin/sh
# The manual: mandoc has nothing to say against it, and it tells of every option, command and
# variable of the environment that there is.
export LC_ALL=C.UTF-8
build=${BUILD:-build}
passed=0 failed=0

result() { # what, status
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1"
    fi
}

if ! command -v mandoc >/dev/null 2>&1; then
    echo 'no mandoc'
    echo '0 passed, 0 failed, 1 skipped'
    exit
fi

# What only the machine at hand lacks (a date of its system, other manuals) is no warning.
mandoc -T lint -W warning "$build/espial.1"
result 'mandoc warns' $?
manual=$(mandoc -T ascii -O width=200 "$build/espial.1" | sed 's/.\x08//g')

tells() { # section, extended regular expression
    printf '%s\n' "$manual" | awk -v section="$1" '
        /^[A-Z]/ { inside = ($0 == section) }
        inside' | grep -q -E -e "$2"
}

missing=
for command in $("$build/espial" --help | sed -n -E 's/^  espial \[?([a-z]+)\]? .*/\1/p'); do
    tells COMMANDS "^     $command( |$)" || missing="$missing $command"
    tells SYNOPSIS "^     espial \[?$command" || missing="$missing $command"
    for option in $("$build/espial" "$command" --help |
        sed -n -E 's/^  (-[a-zA-Z],|   ) (--[a-z-]+)( .*|$)/\1 \2/p' | tr -d ,); do
        tells OPTIONS "^     ([^ ]*, )?$option([, ]|$)" || missing="$missing $option"
    done
done
[ -z "$missing" ] || echo "not in the manual:$missing"
[ -z "$missing" ]
result 'a command or an option is missing' $?

for variable in $(grep -ohE 'getenv\("[A-Z_]+"\)' -r src | tr -dc 'A-Z_\n' | sort -u) TZ; do
    tells ENVIRONMENT "^     ([A-Z]+, )?$variable([ ,]|$)"
    result "ENVIRONMENT does not tell of $variable" $?
done
for status in 0 1 2 3; do
    tells 'EXIT STATUS' "^     $status "
    result "EXIT STATUS does not tell of $status" $?
done

# What was left of a template would stand there as "@name@".
! grep -n '^@.*@$' "$build"/espial.1 "$build"/espial.bash "$build"/espial.zsh "$build"/espial.fish
result 'a template is not filled' $?
echo '@no-such-piece@' | "$build/espial" describe >/dev/null 2>&1
[ $? -eq 2 ]
result 'a template that asks for what is not there passes' $?

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
