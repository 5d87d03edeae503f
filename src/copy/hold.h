/*
 * What is to be written, in order, while it is not yet known of some of it whether it is wanted:
 * a fragment that comes before the one that tells what it is of.
 */
#ifndef ES_COPY_HOLD_H
#define ES_COPY_HOLD_H

#include "espial/base.h"

enum { ES_HOLD_ITEMS = 4096, ES_HOLD_BYTES = 8 << 20, ES_HOLD_S = 30 };

enum es_hold_state { ES_HOLD_WAITS, ES_HOLD_KEPT, ES_HOLD_DROPPED };

struct es_hold_item {
    uint64_t print; /* of the packet that it is a fragment of */
    es_time time;
    size_t length;
    uint8_t state; /* enum es_hold_state */
};

struct es_hold {
    struct es_text bytes;
    size_t at; /* where the bytes of the first item start */
    struct es_hold_item items[ES_HOLD_ITEMS];
    size_t first, count; /* a ring */
    uint64_t written;    /* frames that were kept after all */
    uint64_t given_up;   /* left out, since nobody knows what they are of */
};

static inline bool es_hold_is_empty(const struct es_hold *hold)
{
    return hold->count == 0;
}

/* The `length` bytes added last to `hold->bytes` are an item. */
void es_hold_add(struct es_hold *hold, uint64_t print, es_time time, size_t length,
                 enum es_hold_state state);

/* It is known now of all that belongs to `print`. */
void es_hold_decide(struct es_hold *hold, uint64_t print, bool wanted);

/*
 * Moves to `out` what is decided, up to the first that is not. What has waited too long, or takes
 * too much room, is given up.
 */
void es_hold_release(struct es_hold *hold, es_time now, struct es_text *out);

#endif
