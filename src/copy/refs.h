/*
 * A list of packets, asked for in the order in which the frames come.
 */
#ifndef ES_COPY_REFS_H
#define ES_COPY_REFS_H

#include "espial/capture.h"

struct es_ref_item {
    uint64_t number;
    uint32_t file;
    uint32_t order; /* in which it was added */
};

struct es_refs {
    struct es_ref_item *items; /* owned; sorted by file, number, order */
    size_t count, capacity;
    size_t *next; /* owned; by file: the next item to look at */
    uint32_t file_count;
};

/* False without memory. */
bool es_refs_add(struct es_refs *refs, const struct es_packet_ref *ref);

/* Sorts, after the last one is added. False without memory. */
bool es_refs_settle(struct es_refs *refs);

/* The first item of that packet, and how many it has; `*count` 0: none. */
size_t es_refs_look(struct es_refs *refs, const struct es_packet_ref *ref, size_t *count);

void es_refs_fini(struct es_refs *refs);

#endif
