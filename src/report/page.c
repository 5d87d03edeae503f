/*
 * Text for people: fields of a label and a text that is wrapped to the page's width.
 */
#include "page.h"

#include <string.h>

void es_page_init(struct es_page *page, FILE *out, unsigned width, bool color)
{
    *page = (struct es_page){.out = out, .width = width ? width : ES_PAGE_WIDTH, .color = color};
    if (page->width < ES_PAGE_WIDTH_MIN)
        page->width = ES_PAGE_WIDTH_MIN;
    es_text_init(&page->text);
}

bool es_page_fini(struct es_page *page)
{
    es_text_fini(&page->text);
    return !page->failed && !ferror(page->out);
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t es_page_columns(const char *chars, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++)
        columns += !is_continuation(chars[i]);
    return columns;
}

static void put(struct es_page *page, enum es_style style, const char *chars, size_t length)
{
    static const char *const codes[] = {
        [ES_STYLE_PLAIN] = "",
        [ES_STYLE_BOLD] = "\033[1m",
        [ES_STYLE_DIM] = "\033[2m",
        [ES_STYLE_RED] = "\033[1;31m",
        [ES_STYLE_YELLOW] = "\033[1;33m",
        [ES_STYLE_GREEN] = "\033[1;32m",
        [ES_STYLE_CYAN] = "\033[1;36m",
    };
    const bool styled = page->color && style != ES_STYLE_PLAIN && length > 0;
    if (styled)
        fputs(codes[style], page->out);
    fwrite(chars, 1, length, page->out);
    if (styled)
        fputs("\033[0m", page->out);
}

/*
 * How many bytes of `chars` go on a line of so many columns: up to the last space that fits, or,
 * of a word that is longer than the line, as much of it as fits.
 */
static size_t line_length(const char *chars, size_t columns)
{
    size_t used = 0;
    size_t space = 0;
    size_t i = 0;
    for (; chars[i] && chars[i] != '\n'; i++) {
        if (is_continuation(chars[i]))
            continue;
        if (chars[i] == ' ')
            space = i;
        if (used++ == columns)
            return space ? space : i;
    }
    return i;
}

void es_page_text(struct es_page *page, const struct es_page_row *field, const char *chars)
{
    if (!chars || !*chars)
        return;
    unsigned column = field->column ? field->column : ES_PAGE_COLUMN;
    unsigned at = field->indent;
    fprintf(page->out, "%*s", (int)field->indent, "");
    if (field->label) {
        const size_t length = strlen(field->label);
        put(page, field->label_style ? field->label_style : ES_STYLE_DIM, field->label, length);
        at += (unsigned)es_page_columns(field->label, length);
    }
    while (*chars) {
        const int pad = at < column ? (int)(column - at) : at > 0;
        fprintf(page->out, "%*s", pad, "");
        at += (unsigned)pad;
        const size_t length = line_length(chars, page->width > at ? page->width - at : 1);
        size_t shown = length;
        while (shown > 0 && chars[shown - 1] == ' ')
            shown--;
        put(page, field->style, chars, shown);
        fputc('\n', page->out);
        chars += length;
        while (*chars == ' ' || *chars == '\n')
            chars++;
        column = (field->column ? field->column : ES_PAGE_COLUMN) + field->hang;
        at = 0;
    }
}

void es_page_row(struct es_page *page, const struct es_page_row *field)
{
    page->failed |= page->text.failed;
    es_page_text(page, field, es_text_chars(&page->text));
    es_text_clear(&page->text);
}

void es_page_blank(struct es_page *page)
{
    fputc('\n', page->out);
}

void es_page_heading(struct es_page *page, const char *chars)
{
    es_page_blank(page);
    put(page, ES_STYLE_BOLD, chars, strlen(chars));
    fputc('\n', page->out);
}
