/*
 * A record written straight into a text. Strings go through es_text_add_printable() first, which
 * leaves well-formed UTF-8 without control characters, so that only two characters are special.
 */
#include "json_line.h"

#include "wording.h"

#include <string.h>

void es_json_line_init(struct es_json_line *line, struct es_text *text)
{
    *line = (struct es_json_line){.text = text};
    es_text_init(&line->scratch);
}

void es_json_line_fini(struct es_json_line *line)
{
    es_text_fini(&line->scratch);
}

/* What comes before a value of a list, or before a key. */
static void separate(struct es_json_line *line)
{
    if (line->comma)
        es_text_add_bytes(line->text, ",", 1);
    line->comma = true;
}

void es_json_line_key(struct es_json_line *line, const char *key)
{
    separate(line);
    es_text_add_bytes(line->text, "\"", 1);
    es_text_add(line->text, key);
    es_text_add_bytes(line->text, "\":", 2);
    line->comma = false;
}

void es_json_line_open(struct es_json_line *line, char bracket)
{
    separate(line);
    es_text_add_bytes(line->text, &bracket, 1);
    line->comma = false;
}

void es_json_line_close(struct es_json_line *line, char bracket)
{
    es_text_add_bytes(line->text, &bracket, 1);
    line->comma = true;
}

struct es_json_mark es_json_line_mark(const struct es_json_line *line)
{
    return (struct es_json_mark){line->text->length, line->comma};
}

void es_json_line_back(struct es_json_line *line, struct es_json_mark mark)
{
    if (!line->text->failed) {
        line->text->length = mark.length;
        line->text->chars[mark.length] = '\0';
    }
    line->comma = mark.comma;
}

void es_json_line_number(struct es_json_line *line, uint64_t number)
{
    separate(line);
    es_text_add_decimal(line->text, number);
}

void es_json_line_real(struct es_json_line *line, double number)
{
    enum { DIGITS = 9, WHOLE_MAX = 999999999 };
    separate(line);
    if (number >= 0 && number <= WHOLE_MAX && number == (double)(uint32_t)number) {
        es_text_add_decimal(line->text, (uint32_t)number);
        es_text_add_bytes(line->text, ".0", 2);
        return;
    }
    const size_t start = line->text->length;
    es_text_addf(line->text, "%.*g", DIGITS, number);
    if (!line->text->failed && !strpbrk(line->text->chars + start, ".e"))
        es_text_add_bytes(line->text, ".0", 2); /* a real number stays one */
}

void es_json_line_bool(struct es_json_line *line, bool yes)
{
    separate(line);
    es_text_add(line->text, yes ? "true" : "false");
}

/* Text without controls, quoted. */
static void add_quoted(struct es_json_line *line, const char *chars, size_t length)
{
    separate(line);
    es_text_add_bytes(line->text, "\"", 1);
    while (length > 0) {
        size_t plain = 0;
        while (plain < length && chars[plain] != '"' && chars[plain] != '\\')
            plain++;
        es_text_add_bytes(line->text, chars, plain);
        if (plain < length) {
            const char escaped[2] = {'\\', chars[plain++]};
            es_text_add_bytes(line->text, escaped, 2);
        }
        chars += plain;
        length -= plain;
    }
    es_text_add_bytes(line->text, "\"", 1);
}

void es_json_line_scratch(struct es_json_line *line)
{
    line->text->failed |= line->scratch.failed;
    add_quoted(line, es_text_chars(&line->scratch), line->scratch.length);
    es_text_rewind(&line->scratch);
}

void es_json_line_string(struct es_json_line *line, const char *chars)
{
    es_text_add_printable(&line->scratch, (const uint8_t *)chars, strlen(chars));
    es_json_line_scratch(line);
}

void es_json_line_hex(struct es_json_line *line, const char *before, const uint8_t *bytes,
                      size_t count)
{
    separate(line);
    es_text_add_bytes(line->text, "\"", 1);
    es_text_add(line->text, before);
    es_text_add_hex(line->text, bytes, count);
    es_text_add_bytes(line->text, "\"", 1);
}

void es_json_line_put_number(struct es_json_line *line, const char *key, uint64_t number)
{
    es_json_line_key(line, key);
    es_json_line_number(line, number);
}

void es_json_line_put_bool(struct es_json_line *line, const char *key, bool yes)
{
    es_json_line_key(line, key);
    es_json_line_bool(line, yes);
}

void es_json_line_put_string(struct es_json_line *line, const char *key, const char *chars)
{
    es_json_line_key(line, key);
    es_json_line_string(line, chars);
}

void es_json_line_put_scratch(struct es_json_line *line, const char *key)
{
    es_json_line_key(line, key);
    es_json_line_scratch(line);
}
