/*
 * The ladder's parts: html_ladder.c chooses what stands in it, html_rung.c writes it.
 */
#ifndef ES_REPORT_HTML_LADDER_H
#define ES_REPORT_HTML_LADDER_H

#include "html_picture.h"

/* An entry of the chronicle, or the last packet of a flow. */
struct es_html_rung {
    const struct es_chronicle_entry *entry; /* or NULL */
    const struct es_flow *flow;             /* or NULL */
    es_time time;
    bool proves;  /* a finding names it as evidence, */
    bool accuses; /* and it is a fault */
    bool shown;   /* else it is folded */
};

struct es_rungs {
    struct es_html_rung *items; /* owned */
    size_t count;
    size_t ends_left_out; /* of flows */
};

/* A ladder being written. */
struct es_html_ladder {
    struct es_html *html;
    const struct es_tunnel *tunnel;
    struct es_ladder words;    /* puts things into words */
    struct es_packet_ref last; /* the last packet that has an id, */
    es_time before;            /* and the time of the last message; */
    bool begun;                /* there was one */
    bool detailed;             /* there is room for what is in the messages */
};

void es_html_ladder_begin(struct es_html_ladder *ladder, struct es_html *html,
                          const struct es_tunnel *tunnel);
void es_html_ladder_end(struct es_html_ladder *ladder);

void es_html_ladder_rung(struct es_html_ladder *ladder, const struct es_html_rung *rung);

/* What is folded from `first` on, in words; `open`: it can be unfolded, and rungs follow up to the
 * end of the fold. */
void es_html_ladder_fold(struct es_html_ladder *ladder, const struct es_packet_ref *first,
                         const struct es_chronicle_fold *fold, bool open);
void es_html_ladder_fold_end(struct es_html_ladder *ladder);

#endif
