/*
 * Text for people: fields of a label and a text that is wrapped to the page's width.
 */
#ifndef ES_REPORT_PAGE_H
#define ES_REPORT_PAGE_H

#include "espial/base.h"

#include <stdio.h>

enum es_style {
    ES_STYLE_PLAIN,
    ES_STYLE_BOLD,
    ES_STYLE_DIM,
    ES_STYLE_RED,
    ES_STYLE_YELLOW,
    ES_STYLE_GREEN,
    ES_STYLE_CYAN
};

enum { ES_PAGE_COLUMN = 12, ES_PAGE_WIDTH = 80, ES_PAGE_WIDTH_MIN = 40 };

struct es_page {
    FILE *out;
    unsigned width; /* columns */
    bool color;
    bool utf8;
    bool failed;         /* sticky: no memory */
    struct es_text text; /* scratch for what a field will say */
};

void es_page_init(struct es_page *page, FILE *out, unsigned width, bool color);

/* Frees the scratch; false when the stream or memory failed. */
bool es_page_fini(struct es_page *page);

struct es_page_row {
    unsigned indent;           /* columns before the label */
    const char *label;         /* NULL: none */
    enum es_style label_style; /* PLAIN: dim */
    unsigned column;           /* where the text begins; 0: ES_PAGE_COLUMN */
    unsigned hang;             /* columns that lines after the first are further in */
    enum es_style style;
};

/* Writes the field with the page's scratch text, which is emptied. No text: no field. */
void es_page_row(struct es_page *page, const struct es_page_row *field);

/* The same with a text of the caller's; NULL or "": no field. */
void es_page_text(struct es_page *page, const struct es_page_row *field, const char *chars);

void es_page_blank(struct es_page *page);

/* A blank line, and a short line of its own, from the left edge. */
void es_page_heading(struct es_page *page, const char *chars);

/* Columns that UTF-8 text takes, a character each. */
size_t es_page_columns(const char *chars, size_t length);

#endif
