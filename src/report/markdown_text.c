/*
 * Text in Markdown. What a capture says must neither format nor link: beside Markdown itself,
 * GitHub and GitLab make links of addresses, of names behind an @ and of numbers behind signs,
 * whatever was escaped; a space without width behind the sign keeps them from it.
 */
#include "markdown.h"

#include "selection.h"
#include "wording.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char apart[] = "&#8203;";

/* "@name", "#12", "!12", "$12", "%12", "&12", "~12": someone or something there. */
static bool is_reference(const char *c)
{
    return strchr("@#!$%&~", *c) && isalnum((unsigned char)c[1]);
}

/* The "." behind "www", before which an address can be taken apart. */
static bool begins_host(const char *c, const char *begin)
{
    return *c == '.' && c - begin >= 3 && strncasecmp(c - 3, "www", 3) == 0;
}

static void add_character(struct es_text *out, char c)
{
    switch (c) {
    case '&':
        es_text_add(out, "&amp;");
        break;
    case '<':
        es_text_add(out, "&lt;");
        break;
    case '>':
        es_text_add(out, "&gt;");
        break;
    case '$': /* a formula on GitHub */
        es_text_add(out, "&#36;");
        break;
    case '\\':
    case '`':
    case '*':
    case '_':
    case '[':
    case ']':
    case '|':
    case '~':
        es_text_add_bytes(out, "\\", 1);
        es_text_add_bytes(out, &c, 1);
        break;
    default:
        es_text_add_bytes(out, (unsigned char)c < ' ' ? " " : &c, 1);
    }
}

void es_markdown_text(struct es_text *out, const char *chars)
{
    for (const char *c = chars; *c; c++) {
        /* Only here could they begin a list or a heading. */
        if (c == chars && strchr("-+#=", *c))
            es_text_add(out, "\\");
        if (begins_host(c, chars))
            es_text_add(out, apart);
        add_character(out, *c);
        if (is_reference(c) || strncmp(c, "://", 3) == 0)
            es_text_add(out, apart);
    }
}

void es_markdown_code(struct es_text *out, const char *chars)
{
    size_t fence = 1;
    size_t run = 0;
    for (const char *c = chars; *c; c++) {
        run = *c == '`' ? run + 1 : 0;
        fence = run >= fence ? run + 1 : fence;
    }
    for (size_t i = 0; i < fence; i++)
        es_text_add(out, "`");
    es_text_add(out, fence > 1 ? " " : "");
    for (const char *c = chars; *c; c++)
        es_text_add_bytes(out, (unsigned char)*c < ' ' ? " " : c, 1);
    es_text_add(out, fence > 1 ? " " : "");
    for (size_t i = 0; i < fence; i++)
        es_text_add(out, "`");
}

void es_markdown_words(struct es_markdown *markdown)
{
    es_markdown_text(&markdown->out, es_text_chars(&markdown->words));
    markdown->out.failed |= markdown->words.failed;
    es_text_rewind(&markdown->words);
}

void es_markdown_packet(struct es_markdown *markdown, const struct es_packet_ref *ref)
{
    if (es_report_has_several_files(markdown->report->source))
        es_text_add_packet(&markdown->words, markdown->report->source, ref);
    else
        es_text_add_decimal(&markdown->words, ref->number);
    es_markdown_words(markdown);
}
