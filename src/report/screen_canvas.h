/*
 * The terminal as a canvas: text at a place, clipped, in a style; and the keys that come. This is
 * the one place that knows ncurses.
 */
#ifndef ES_REPORT_SCREEN_CANVAS_H
#define ES_REPORT_SCREEN_CANVAS_H

#include "page.h"

#include "espial/base.h"

enum { ES_CANVAS_COLUMNS_MIN = 80, ES_CANVAS_LINES_MIN = 24 };

/* Keys that are no characters; those are their code points. */
enum es_key {
    ES_KEY_NONE,
    ES_KEY_TAB = 9,
    ES_KEY_ENTER = 10,
    ES_KEY_REDRAW = 12, /* Ctrl-L */
    ES_KEY_ESCAPE = 27,
    ES_KEY_BACKSPACE = 127,
    ES_KEY_UP = 0x110000, /* above all code points */
    ES_KEY_DOWN,
    ES_KEY_LEFT,
    ES_KEY_RIGHT,
    ES_KEY_PAGE_UP,
    ES_KEY_PAGE_DOWN,
    ES_KEY_HOME,
    ES_KEY_END,
    ES_KEY_RESIZE,
    ES_KEY_OTHER
};

struct es_canvas {
    void *terminal; /* owned; NULL: not open */
    unsigned columns, lines;
    bool color, utf8;
    bool many_colors; /* 256 of them */
};

/* Takes the terminal over. False when it cannot show a screen. */
bool es_canvas_open(struct es_canvas *canvas, bool color, bool utf8, struct es_error *error);

/* Gives the terminal back as it was. */
void es_canvas_close(struct es_canvas *canvas);

/* The size as it is now, and nothing on it. */
void es_canvas_clear(struct es_canvas *canvas);

/*
 * Puts text at a place, over `width` columns: what is longer ends in an ellipsis, what is shorter
 * in spaces. `reverse` turns ink and paper. The colour codes of the text writers (page.h, ladder.h)
 * change the style within the text; nothing else of it is obeyed.
 */
struct es_canvas_cell {
    unsigned line, column, width;
    enum es_style style;
    bool reverse;
    bool right; /* to the right edge of the cell */
};
void es_canvas_put(struct es_canvas *canvas, const struct es_canvas_cell *cell, const char *chars);

/* Sends what changed to the terminal. `all`: everything, for a terminal that was written over. */
void es_canvas_flush(struct es_canvas *canvas, bool all);

/* The next key; ES_KEY_NONE when none waits. */
int es_canvas_key(struct es_canvas *canvas);

/* The bytes that bring the terminal back, for a program that ends at once. How many there are. */
size_t es_canvas_farewell(const struct es_canvas *canvas, char *bytes, size_t capacity);

#endif
