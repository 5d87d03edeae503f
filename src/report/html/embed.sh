#!/bin/sh
# Writes C that holds the files named, byte for byte: es_html_page_css from page.css, with its
# length beside it. The build runs it; the report is then one file that needs nothing else.
export LC_ALL=C
printf '/* Made by %s. */\n#include "html_asset.h"\n' "${0##*/}"
for file; do
    name=${file##*/}
    printf '\nstatic const unsigned char %s[] = {\n' "$(printf %s "$name" | tr . _)"
    od -An -v -tx1 <"$file" | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g'
    # So that it is a string too, and never empty.
    echo '0};'
done
printf '\nconst struct es_html_asset es_html_assets[] = {\n'
for file; do
    name=${file##*/}
    array=$(printf %s "$name" | tr . _)
    printf '    {"%s", (const char *)%s, sizeof(%s) - 1},\n' "$name" "$array" "$array"
done
printf '    {NULL, NULL, 0},\n};\n'
