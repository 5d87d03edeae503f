/*
 * Text for HTML: whatever a capture says, it shows as characters and does nothing.
 */
#include "html.h"

#include <string.h>

static const char *reference_to(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/*
 * Characters that turn the direction of the text around them, so that it reads as something else
 * (U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069). All begin with e2 and have three bytes.
 */
static bool turns(const char *chars, size_t left)
{
    const unsigned char *b = (const unsigned char *)chars;
    if (left < 3 || b[0] != 0xe2)
        return false;
    return (b[1] == 0x80 && (b[2] == 0x8e || b[2] == 0x8f || (b[2] >= 0xaa && b[2] <= 0xae))) ||
           (b[1] == 0x81 && b[2] >= 0xa6 && b[2] <= 0xa9);
}

/* Where to cut text that is too long: not within a character. */
static size_t cut_at(const char *chars, size_t count)
{
    size_t end = ES_HTML_TEXT_MAX;
    if (count <= end)
        return count;
    while (end > ES_HTML_TEXT_MAX - 4 && ((unsigned char)chars[end] & 0xc0) == 0x80)
        end--;
    return end;
}

void es_html_text_bytes(struct es_text *out, const char *chars, size_t count)
{
    const size_t end = cut_at(chars, count);
    size_t start = 0;
    for (size_t i = 0; i < end; i++) {
        const char *reference = reference_to(chars[i]);
        const bool turning = turns(chars + i, end - i);
        if (!reference && !turning)
            continue;
        es_text_add_printable(out, (const uint8_t *)chars + start, i - start);
        if (reference) {
            es_text_add(out, reference);
        } else {
            const unsigned char *b = (const unsigned char *)chars + i;
            es_text_addf(out, "\\u%04x", 0x2000u | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu));
            i += 2;
        }
        start = i + 1;
    }
    es_text_add_printable(out, (const uint8_t *)chars + start, end - start);
    if (end < count)
        es_text_add(out, "\u2026");
}

void es_html_text(struct es_text *out, const char *chars)
{
    if (chars)
        es_html_text_bytes(out, chars, strlen(chars));
}

/* A word of small letters is none of the names and addresses that may begin a sentence here. */
static bool begins_with_word(const char *chars)
{
    const size_t length = strspn(chars, "abcdefghijklmnopqrstuvwxyz");
    return length > 0 && (chars[length] == ' ' || chars[length] == ',' || chars[length] == ':');
}

void es_html_sentence(struct es_text *out, const char *chars)
{
    if (!chars || !begins_with_word(chars)) {
        es_html_text(out, chars);
        return;
    }
    const char capital = (char)(chars[0] - 'a' + 'A');
    es_text_add_bytes(out, &capital, 1);
    es_html_text(out, chars + 1);
}

void es_html_words(struct es_html *html)
{
    es_html_text_bytes(html->out, es_text_chars(&html->words), html->words.length);
    html->out->failed |= html->words.failed;
    es_text_rewind(&html->words);
}
