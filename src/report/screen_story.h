/*
 * The story: what happened last, a line each in the ladder's words, of all tunnels in one ring.
 */
#ifndef ES_REPORT_SCREEN_STORY_H
#define ES_REPORT_SCREEN_STORY_H

#include "ladder.h"

enum {
    ES_STORY_LINES = 4096,
    ES_STORY_LINE_BYTES = 2000, /* of one: an SA payload can be offered in thousands */
    ES_STORY_SHOWN = 500,       /* lines of one tunnel that are shown */
    ES_STORY_NEWS = 16,
};

struct es_story_line {
    struct es_packet_ref ref; /* number 0: it is no packet's */
    uint32_t tunnel;          /* 0: of none */
    char *chars;              /* owned */
};

struct es_story {
    struct es_ladder words; /* puts things into words, in colour; its own page is for laying out */
    struct es_story_line *lines; /* owned; a ring of ES_STORY_LINES */
    uint64_t count;              /* that ever came; the newest is (count - 1) % ES_STORY_LINES */
    char *news[ES_STORY_NEWS];   /* owned; a ring: findings, and what is said of the watching */
    size_t news_count;           /* that ever came */
    uint32_t tunnel;             /* only this one; 0: all */
    unsigned column;             /* where the words begin */
};

/* False when no memory is left. */
bool es_story_init(struct es_story *story, const struct es_ladder_options *options,
                   uint32_t tunnel);
void es_story_fini(struct es_story *story);

void es_story_event(struct es_story *story, const struct es_event *event);
void es_story_message(struct es_story *story, const struct es_rung *rung);
void es_story_alert(struct es_story *story, enum es_alert_kind kind, const struct es_alert *alert,
                    const struct es_finding *finding, es_time now);
void es_story_say(struct es_story *story, const char *words, es_time now);

/* Adds the lines of a tunnel, laid out for so many columns, the oldest first. */
void es_story_add_tunnel(struct es_story *story, uint32_t tunnel, unsigned width,
                         struct es_text *text);

/* The news, the newest with 0; NULL behind the oldest that is kept. */
const char *es_story_news(const struct es_story *story, size_t index);

#endif
