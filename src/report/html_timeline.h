/*
 * The timeline's parts: html_timeline.c lays it out, the others draw its lanes from above to below.
 * Coordinates are those of the SVG's viewBox.
 */
#ifndef ES_REPORT_HTML_TIMELINE_H
#define ES_REPORT_HTML_TIMELINE_H

#include "html_picture.h"

enum {
    ES_PICTURE_WIDTH = 960,
    ES_PICTURE_LEFT = 96, /* of the plot; names of lanes stand before it */
    ES_PICTURE_RIGHT = 950,
    ES_PICTURE_FILLS = 8, /* colours with hatches that differ, too */
    ES_PICTURE_IKE_SAS = 6,
    ES_PICTURE_CHILDREN = 10,
};

enum { ES_PICTURE_MARK_ROWS = 8, ES_PICTURE_MARKS = ES_PICTURE_MARK_ROWS * 8 };

/* Where a line goes down from a finding's mark. */
struct es_picture_line {
    double x, y;
    enum es_severity severity;
};

/* A Child SA that has a bar, and its filling. */
struct es_picture_child {
    const struct es_child_sa *child;
    double y; /* of the bar's middle */
};

struct es_picture {
    struct es_html *html;
    const struct es_tunnel *tunnel;
    struct es_text body;                                   /* owned: what is drawn so far */
    struct es_text back;                                   /* owned: what lies behind it */
    struct es_text *into;                                  /* one of the two */
    struct es_text gist;                                   /* owned: the same in words */
    struct es_text legend;                                 /* owned: list items */
    struct es_text words;                                  /* owned: scratch */
    es_time from, to;                                      /* left and right edge */
    double y;                                              /* the next lane begins here */
    struct es_picture_child children[ES_PICTURE_CHILDREN]; /* oldest first: place is filling */
    size_t child_count, children_hidden;
    size_t ike_sas_hidden, marks_hidden;
    struct es_picture_line lines[ES_PICTURE_MARKS];
    size_t line_count;
    bool kinds[ES_MESSAGE_KINDS]; /* that occur */
    bool moved, unanswered, repeated, refused, folded, stale, rekeyed, deleted;
};

/* Adds a coordinate with one decimal at most; "." whatever the locale. */
void es_picture_add(struct es_text *text, double coordinate);

/* Draws: letters as they are, each %n a coordinate, %s a text that is safe, %u. */
void es_picture_draw(struct es_picture *picture, const char *format, ...);

double es_picture_x(const struct es_picture *picture, es_time time);

/* The name of a lane in the gutter. */
void es_picture_name(struct es_picture *picture, double y, const char *name);

/* Adds "3 IKE SAs", and a comma before it when something stands there already. */
void es_picture_gist(struct es_picture *picture, uint64_t number, const char *noun);

/* The filling of a Child SA: ES_PICTURE_FILLS for those without a bar. */
unsigned es_picture_fill(const struct es_picture *picture, const struct es_child_sa *child);
/* Adds `fill="url(#…)"`. */
void es_picture_add_fill(struct es_picture *picture, struct es_text *text, unsigned fill);

/* Takes out what is in the scratch, escaped, into a <title>. */
void es_picture_title(struct es_picture *picture);

/* html_timeline_ike.c */
void es_picture_messages(struct es_picture *picture);
/* html_timeline_sa.c */
void es_picture_sas(struct es_picture *picture);
/* html_timeline_esp.c */
void es_picture_traffic(struct es_picture *picture);
/* html_timeline_axis.c: findings above, the clock below */
void es_picture_marks(struct es_picture *picture, struct es_text *out);
void es_picture_axis(struct es_picture *picture);

#endif
