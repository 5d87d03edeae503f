/*
 * A growing text. Running out of memory is sticky and silent (`failed`): adding does nothing more,
 * and whoever writes the text out checks once.
 */
#ifndef ESPIAL_BASE_TEXT_H
#define ESPIAL_BASE_TEXT_H

#include "espial/base/macros.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct es_text {
    char *chars;     /* always ends in NUL; owned */
    size_t length;   /* without the NUL */
    size_t capacity; /* bytes allocated */
    bool failed;     /* no memory: the text is not whole */
};

/* An empty text; allocates nothing yet. `es_text_chars` is "" then. */
void es_text_init(struct es_text *text);

/* Frees what the text holds. */
void es_text_fini(struct es_text *text);

/* Empties the text and keeps its memory. */
void es_text_clear(struct es_text *text);

/* The same, but what it failed with stays: for a text whose parts go one by one into another. */
void es_text_rewind(struct es_text *text);

/* The text as a C string, never NULL; borrowed until the next change. */
const char *es_text_chars(const struct es_text *text);

/* Appends where the text must grow first; es_text_add_bytes() is what to call. */
void es_text_grow_and_add(struct es_text *text, const char *bytes, size_t count);

/* Appends. Inline: reports are made of millions of short pieces. */
static inline void es_text_add_bytes(struct es_text *text, const char *bytes, size_t count)
{
    if (ES_UNLIKELY(text->failed || count >= text->capacity - text->length)) {
        es_text_grow_and_add(text, bytes, count);
        return;
    }
    if (count)
        memcpy(text->chars + text->length, bytes, count);
    text->length += count;
    text->chars[text->length] = '\0';
}

static inline void es_text_add(struct es_text *text, const char *chars)
{
    es_text_add_bytes(text, chars, strlen(chars));
}

void es_text_addf(struct es_text *text, const char *format, ...) ES_PRINTF(2, 3);
void es_text_add_hex(struct es_text *text, const uint8_t *bytes, size_t count);

/* Appends a number plainly: where thousands of them are written, a format would cost too much. */
void es_text_add_decimal(struct es_text *text, uint64_t number);

/* Appends a number with thin grouping for people: 1234567 -> "1,234,567". */
void es_text_add_count(struct es_text *text, uint64_t number);

/* Appends a size for people in binary units: "12 B", "1.4 KiB", "2.0 GiB". */
void es_text_add_size(struct es_text *text, uint64_t bytes);

/*
 * Appends text that came from a capture so that a terminal shows it and nothing else happens:
 * control characters, DEL, C1 controls and invalid UTF-8 become \xHH.
 */
void es_text_add_printable(struct es_text *text, const uint8_t *bytes, size_t count);

#endif
