/*
 * The evidence ring: the last packets, in memory, and files of them when something is found. In
 * memory, for what is written all the time wears a disk out, fills it, and holds up whoever writes;
 * here the disk is asked only when there is something to keep, and a piece at a time.
 */
#ifndef ES_CLI_RING_H
#define ES_CLI_RING_H

#include "espial/capture.h"
#include "espial/diagnose/alert.h"

struct es_ring_options {
    const char *folder;
    size_t bytes;           /* of packets, as they stand in memory */
    es_time span;           /* packets older than this are forgotten; 0: none for their age */
    enum es_severity least; /* findings milder than this save nothing */
    es_time after;          /* how long a save goes on behind the finding */
    uint64_t saves;         /* the most saves in the folder, and their bytes: the oldest go */
    uint64_t saves_bytes;
};

struct es_ring_counts {
    uint64_t packets;  /* in the ring now */
    uint64_t bytes;    /* that they take */
    uint64_t saved;    /* saves that were completed */
    uint64_t failed;   /* saves that could not be written */
    uint64_t too_long; /* packets that the ring has no room for */
};

struct es_ring;

/* NULL when no memory is left. Options are copied, the folder's name is borrowed. */
struct es_ring *es_ring_new(const struct es_ring_options *options);

/* Keeps a copy of the frame; `interface` is its name, or NULL. */
void es_ring_frame(struct es_ring *ring, const struct es_frame *frame, const char *interface);

/*
 * A finding begins or changes at `now`, the time of the capture: what the ring holds and what comes
 * for a while is saved, with this JSON record. While a save goes on, other findings join it.
 */
void es_ring_alert(struct es_ring *ring, enum es_alert_kind kind, const struct es_alert *alert,
                   const struct es_finding *finding, const char *record, es_time now);

/* Goes on with a save, and ends it when its time has come; `over`: in any case. */
void es_ring_step(struct es_ring *ring, es_time now, bool over);

/*
 * The words for what happened since the last call, true once for each thing: a save is complete
 * (`good`), or saves cannot be written any more. `words` is emptied first.
 */
bool es_ring_news(struct es_ring *ring, struct es_text *words);

const struct es_ring_counts *es_ring_counts(const struct es_ring *ring);

/* Drops a save that goes on; takes NULL. */
void es_ring_free(struct es_ring *ring);

#endif
