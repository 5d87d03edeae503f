/*
 * Writing into a text where the calls to add to it would cost more than what they add: room is
 * made once, filled with these, and taken.
 *
 *     char *at = es_room(text, 40);
 *     at = es_room_put(at, "length: ", 8);
 *     at = es_room_decimal(at, length);
 *     es_room_take(text, at);
 */
#ifndef ES_REPORT_ROOM_H
#define ES_REPORT_ROOM_H

#include "espial/base.h"

#include <string.h>

enum { ES_ROOM_DIGITS = 20 }; /* of the longest number */

/* Makes the text's memory large enough for so many bytes more. False: there is no memory. */
bool es_room_grow(struct es_text *text, size_t most);

/* Where up to `most` bytes may be written; NULL when there is no memory. */
static inline char *es_room(struct es_text *text, size_t most)
{
    if (ES_UNLIKELY(text->capacity - text->length <= most) && !es_room_grow(text, most))
        return NULL;
    return text->failed ? NULL : text->chars + text->length;
}

/* What was written up to `end` is part of the text now. */
static inline void es_room_take(struct es_text *text, char *end)
{
    *end = '\0';
    text->length = (size_t)(end - text->chars);
}

static inline char *es_room_put(char *at, const char *chars, size_t count)
{
    memcpy(at, chars, count);
    return at + count;
}

static inline char *es_room_decimal(char *at, uint64_t number)
{
    char digits[ES_ROOM_DIGITS];
    size_t first = sizeof(digits);
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return es_room_put(at, digits + first, sizeof(digits) - first);
}

/* Writes the digits of a number so that they end before `end`. */
static inline void es_room_digits(char *end, uint32_t number)
{
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
}

static inline char *es_room_hex(char *at, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

#endif
