/*
 * A growing text and the forms of numbers and foreign bytes that people read.
 */
#include "espial/base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void es_text_init(struct es_text *text)
{
    *text = (struct es_text){0};
}

void es_text_fini(struct es_text *text)
{
    free(text->chars);
    es_text_init(text);
}

void es_text_rewind(struct es_text *text)
{
    text->length = 0;
    if (text->chars)
        text->chars[0] = '\0';
}

void es_text_clear(struct es_text *text)
{
    es_text_rewind(text);
    text->failed = false;
}

const char *es_text_chars(const struct es_text *text)
{
    return text->chars ? text->chars : "";
}

static bool reserve(struct es_text *text, size_t more)
{
    if (text->failed)
        return false;
    if (more < text->capacity - text->length)
        return true;
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity - text->length <= more && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    char *chars = capacity - text->length > more ? realloc(text->chars, capacity) : NULL;
    if (!chars) {
        text->failed = true;
        return false;
    }
    text->chars = chars;
    text->capacity = capacity;
    return true;
}

void es_text_grow_and_add(struct es_text *text, const char *bytes, size_t count)
{
    if (!reserve(text, count))
        return;
    if (count)
        memcpy(text->chars + text->length, bytes, count);
    text->length += count;
    text->chars[text->length] = '\0';
}

void es_text_addf(struct es_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0 && reserve(text, (size_t)length)) {
        vsnprintf(text->chars + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void es_text_add_hex(struct es_text *text, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char chars[64];
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        chars[length++] = digits[bytes[i] >> 4];
        chars[length++] = digits[bytes[i] & 15];
        if (length == sizeof(chars) || i + 1 == count) {
            es_text_add_bytes(text, chars, length);
            length = 0;
        }
    }
}

void es_text_add_decimal(struct es_text *text, uint64_t number)
{
    char digits[20]; /* as many as the greatest number has */
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    es_text_add_bytes(text, digits + at, sizeof(digits) - at);
}

void es_text_add_count(struct es_text *text, uint64_t number)
{
    char plain[24];
    const int length = snprintf(plain, sizeof(plain), "%" PRIu64, number);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            es_text_add(text, ",");
        es_text_add_bytes(text, plain + i, 1);
    }
}

void es_text_add_size(struct es_text *text, uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) {
        es_text_addf(text, "%" PRIu64 " B", bytes);
        return;
    }
    double size = (double)bytes / 1024;
    size_t unit = 0;
    for (; size >= 1023.95 && unit + 1 < ES_COUNT(units); unit++)
        size /= 1024;
    es_text_addf(text, "%.1f %s", size, units[unit]);
}

/*
 * The length of the well-formed UTF-8 character beyond ASCII at `b` (RFC 3629), 0 when there is
 * none. C1 controls (U+0080 to U+009F) count as none: terminals obey them.
 */
static size_t printable_utf8(const uint8_t *b, size_t left)
{
    static const struct {
        uint8_t first, last;               /* range of the lead byte */
        uint8_t second_first, second_last; /* range of the byte after it */
        uint8_t length;
    } forms[] = {
        {0xc2, 0xc2, 0xa0, 0xbf, 2},
        {0xc3, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3},
        {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < ES_COUNT(forms); i++) {
        if (b[0] < forms[i].first || b[0] > forms[i].last)
            continue;
        if (left < forms[i].length || b[1] < forms[i].second_first || b[1] > forms[i].second_last)
            return 0;
        for (size_t k = 2; k < forms[i].length; k++) {
            if (b[k] < 0x80 || b[k] > 0xbf)
                return 0;
        }
        return forms[i].length;
    }
    return 0;
}

void es_text_add_printable(struct es_text *text, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t plain = i;
        while (plain < count && bytes[plain] >= 0x20 && bytes[plain] <= 0x7e)
            plain++;
        if (plain > i) {
            es_text_add_bytes(text, (const char *)bytes + i, plain - i);
            i = plain;
            continue;
        }
        const size_t length = printable_utf8(bytes + i, count - i);
        if (length) {
            es_text_add_bytes(text, (const char *)bytes + i, length);
            i += length;
        } else {
            es_text_addf(text, "\\x%02x", bytes[i++]);
        }
    }
}
