#!/bin/sh
# What `make install` puts in place can be built against, shared and static, and `make uninstall`
# takes all of it away.
# shellcheck disable=SC2046 # flags are words
export LC_ALL=C
passed=0 failed=0
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT
root=$tree/root

check() { # what, command …
    what=$1
    shift
    if "$@" >"$tree/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $what"
        cat "$tree/log"
    fi
}

cat >"$tree/user.c" <<'C'
#include <espial/pipeline.h>
#include <stdio.h>

int main(void)
{
    struct es_error error = {0};
    struct es_pipeline *pipeline = es_pipeline_new(NULL, &error);
    struct es_diagnosis *diagnosis = pipeline ? es_pipeline_diagnose(pipeline, NULL, NULL) : NULL;
    puts(diagnosis ? "diagnosed" : error.text);
    es_diagnosis_free(diagnosis);
    es_pipeline_free(pipeline);
    return !diagnosis;
}
C

# pkg-config looks for what was installed below $root, as if that were /.
flags() {
    PKG_CONFIG_PATH=$root/usr/lib/pkgconfig pkg-config --define-variable=prefix="$root/usr" \
        --define-variable=libdir="$root/usr/lib" --define-variable=includedir="$root/usr/include" \
        "$@" espial
}

doors_alone() { # each header can be the only one
    find "$root/usr/include" -name '*.h' | while read -r door; do
        echo "#include <${door#"$root/usr/include/"}>" |
            "${CC:-cc}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror $(flags --cflags) \
                -fsyntax-only -x c - || return 1
    done
}

build_shared() {
    "${CC:-cc}" -std=c11 -o "$tree/shared" "$tree/user.c" $(flags --cflags --libs)
}

build_static() { # only our own library is linked statically: not every system has all others so
    "${CC:-cc}" -std=c11 -o "$tree/static" "$tree/user.c" $(flags --cflags) \
        "$root/usr/lib/libespial.a" $(flags --static --libs-only-l | sed 's/-lespial//')
}

left_over() {
    find "$root" ! -type d | grep . && return 1
    [ ! -d "$root/usr/include/espial" ]
}

check 'make install' "${MAKE:-make}" install DESTDIR="$root" PREFIX=/usr
check 'the installed command runs' "$root/usr/bin/espial" --version
check 'each installed header stands alone' doors_alone
check 'a program builds with the shared library' build_shared
check 'and runs' env LD_LIBRARY_PATH="$root/usr/lib" DYLD_LIBRARY_PATH="$root/usr/lib" "$tree/shared"
check 'it names the library by its soname' sh -c "objdump -p '$tree/shared' | grep -F libespial.so.0"
check 'a program builds with the static library' build_static
check 'and runs without the shared one' "$tree/static"
check 'the manual is where man looks' grep -q '^[.]Dt ESPIAL 1$' "$root/usr/share/man/man1/espial.1"
check 'bash finds how to complete' \
    grep -q '^complete .* espial$' "$root/usr/share/bash-completion/completions/espial"
check 'so does zsh' grep -q '^#compdef espial$' "$root/usr/share/zsh/site-functions/_espial"
check 'and fish' \
    grep -q '^complete -c espial' "$root/usr/share/fish/vendor_completions.d/espial.fish"
check 'the schema of the records is there' grep -q '2020-12/schema' \
    "$root/usr/share/espial/espial.schema.json"
check 'make uninstall' "${MAKE:-make}" uninstall DESTDIR="$root" PREFIX=/usr
check 'nothing is left' left_over

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
