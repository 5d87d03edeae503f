/*
 * A text that is longer than its place on the screen.
 */
#include "screen_scroll.h"

#include <stdlib.h>
#include <string.h>

void es_scroll_init(struct es_scroll *scroll)
{
    *scroll = (struct es_scroll){0};
    es_text_init(&scroll->text);
}

void es_scroll_fini(struct es_scroll *scroll)
{
    es_text_fini(&scroll->text);
    free(scroll->starts);
    es_scroll_init(scroll);
}

static size_t last_top(const struct es_scroll *scroll)
{
    return scroll->count > scroll->height ? scroll->count - scroll->height : 0;
}

static bool add_line(struct es_scroll *scroll, size_t start)
{
    if (scroll->count == scroll->capacity) {
        const size_t capacity = scroll->capacity ? 2 * scroll->capacity : 64;
        size_t *starts = realloc(scroll->starts, capacity * sizeof(*starts));
        if (!starts)
            return false;
        scroll->starts = starts;
        scroll->capacity = capacity;
    }
    scroll->starts[scroll->count++] = start;
    return true;
}

void es_scroll_set(struct es_scroll *scroll, const char *chars, size_t length)
{
    es_text_clear(&scroll->text);
    es_text_add_bytes(&scroll->text, chars, length);
    scroll->count = 0;
    char *at = scroll->text.chars;
    char *const end = scroll->text.failed || !at ? at : at + scroll->text.length;
    while (at < end && scroll->count < ES_SCROLL_LINES_MAX &&
           add_line(scroll, (size_t)(at - scroll->text.chars))) {
        char *feed = memchr(at, '\n', (size_t)(end - at));
        if (feed)
            *feed = '\0';
        at = feed ? feed + 1 : end;
    }
    if (scroll->follows || scroll->top > last_top(scroll))
        scroll->top = last_top(scroll);
}

void es_scroll_draw(struct es_scroll *scroll, struct es_canvas *canvas, unsigned line,
                    unsigned height)
{
    scroll->height = height;
    if (scroll->follows || scroll->top > last_top(scroll))
        scroll->top = last_top(scroll);
    for (unsigned i = 0; i < height && scroll->top + i < scroll->count; i++) {
        const struct es_canvas_cell cell = {
            .line = line + i, .column = 1, .width = canvas->columns - 2};
        es_canvas_put(canvas, &cell, scroll->text.chars + scroll->starts[scroll->top + i]);
    }
}

static void move_by(struct es_scroll *scroll, size_t lines, bool down)
{
    if (down)
        scroll->top += lines;
    else
        scroll->top -= lines < scroll->top ? lines : scroll->top;
    if (scroll->top > last_top(scroll))
        scroll->top = last_top(scroll);
}

bool es_scroll_key(struct es_scroll *scroll, int key)
{
    const size_t page = scroll->height > 1 ? scroll->height - 1 : 1;
    switch (key) {
    case ES_KEY_UP:
    case 'k':
        move_by(scroll, 1, false);
        break;
    case ES_KEY_DOWN:
    case 'j':
        move_by(scroll, 1, true);
        break;
    case ES_KEY_PAGE_UP:
    case 'b':
        move_by(scroll, page, false);
        break;
    case ES_KEY_PAGE_DOWN:
    case ' ':
        move_by(scroll, page, true);
        break;
    case ES_KEY_HOME:
    case 'g':
        scroll->top = 0;
        break;
    case ES_KEY_END:
    case 'G':
        scroll->top = last_top(scroll);
        break;
    default:
        return false;
    }
    return true;
}

void es_scroll_add_place(struct es_text *text, const struct es_scroll *scroll)
{
    if (scroll->count <= scroll->height)
        return;
    const size_t last = scroll->top + scroll->height;
    es_text_addf(text, "%zu-%zu of %zu", scroll->top + 1,
                 last < scroll->count ? last : scroll->count, scroll->count);
}
