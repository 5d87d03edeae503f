/*
 * A text that is longer than its place on the screen, and where its reader is.
 */
#ifndef ES_REPORT_SCREEN_SCROLL_H
#define ES_REPORT_SCREEN_SCROLL_H

#include "screen_canvas.h"

enum { ES_SCROLL_LINES_MAX = 8192 };

struct es_scroll {
    struct es_text text; /* lines, each ended by a line feed */
    size_t *starts;      /* owned; where each line begins in `text` */
    size_t count, capacity;
    size_t top;      /* the first line in sight */
    bool follows;    /* the last line stays in sight as lines come */
    unsigned height; /* lines that were in sight when it was drawn last */
};

void es_scroll_init(struct es_scroll *scroll);
void es_scroll_fini(struct es_scroll *scroll);

/* Takes over `chars`; the reader stays where they are, or at the end when that is followed. */
void es_scroll_set(struct es_scroll *scroll, const char *chars, size_t length);

/* Draws `height` lines from `line` on, over the whole width but a margin of one column. */
void es_scroll_draw(struct es_scroll *scroll, struct es_canvas *canvas, unsigned line,
                    unsigned height);

/* Up, down, pages, home, end. False when the key is none of these. */
bool es_scroll_key(struct es_scroll *scroll, int key);

/* Adds "12-30 of 88"; nothing when all is in sight. */
void es_scroll_add_place(struct es_text *text, const struct es_scroll *scroll);

#endif
