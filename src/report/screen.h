/*
 * The screen's parts: screen.c owns the terminal and what all views show; each view draws and takes
 * keys.
 */
#ifndef ES_REPORT_SCREEN_H
#define ES_REPORT_SCREEN_H

#include "screen_canvas.h"
#include "screen_roster.h"
#include "screen_scroll.h"
#include "screen_story.h"

struct es_screen;

/* What fills the screen between the two lines at the top and the one at the bottom. */
struct es_view {
    void (*draw)(struct es_screen *screen, unsigned line, unsigned height);
    bool (*key)(struct es_screen *screen, int key); /* false: it means nothing here */
    void (*add_keys)(struct es_screen *screen, struct es_text *text); /* the line at the bottom */
};

extern const struct es_view es_view_tunnels, es_view_detail, es_view_help;

/* Numbers of the last sight. */
struct es_screen_totals {
    es_time now;
    es_time since;    /* the sight that rates are made against, */
    uint64_t counted; /* and the frames that there were then */
    uint64_t frames, drops;
    double frames_s;
    uint32_t findings[ES_SEVERITY_ERROR + 1]; /* faults */
    int percent;                              /* of the file that was read; -1: not known */
};

struct es_screen {
    struct es_screen_options options;
    struct es_canvas canvas;
    struct es_roster roster;
    struct es_story story;
    struct es_screen_totals totals;
    struct es_text text; /* scratch for what is put next */
    const struct es_view *view;
    const struct es_view *behind_help;
    bool changed;    /* there is something to draw */
    bool redraw;     /* all of it */
    bool arrange;    /* the roster's order or filter was changed by a key */
    bool wants_look; /* what is shown has to be looked at anew */
    bool quits, paused, ended;
    es_time arranged;        /* when the roster was sorted, by the wall's clock */
    bool typing;             /* the filter is being written */
    uint32_t selected;       /* number of a tunnel; 0: none yet */
    size_t top;              /* place of the first row in sight */
    unsigned rows;           /* rows that were in sight */
    uint32_t opened;         /* the detail's tunnel */
    bool gone;               /* which is not followed any more */
    struct es_scroll facts;  /* its findings and SAs */
    struct es_scroll ladder; /* what happened in it */
    bool ladder_first;       /* keys scroll the ladder, which is the larger then */
    uint64_t told;           /* how long the story was when the ladder was laid out */
    unsigned laid_columns;   /* for how many columns both were */
    struct es_scroll help;
};

/* A line of dashes with words in it, and more at the right end; both may be "". */
void es_screen_rule(struct es_screen *screen, unsigned line, const char *words, const char *right,
                    bool bold);

/* Puts the scratch text, and empties it. */
void es_screen_put(struct es_screen *screen, const struct es_canvas_cell *cell);

/* Adds "Enter open  " with the key in bold. */
void es_screen_add_key(struct es_text *text, const char *key, const char *meaning);

/* Puts "-> 120 pkt/s, 98k B/s" and the course, of at most `most` columns, of both directions side
 * by side on a line. */
void es_screen_put_lanes(struct es_screen *screen, const struct es_row *row, unsigned line,
                         unsigned most);

/* Adds "established, IKEv2, DPD answered, …". */
void es_screen_add_state(struct es_screen *screen, const struct es_row *row);

/* Opens a tunnel; takes over what is to be known of it. */
void es_detail_open(struct es_screen *screen, uint32_t number);
void es_detail_sight(struct es_screen *screen, const struct es_screen_sight *sight);

/* The letter for a severity: a colour alone says nothing to some. */
char es_severity_letter(int severity);
enum es_style es_severity_style(int severity);

#endif
