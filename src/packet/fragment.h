/*
 * Reassembly of IP fragments. RFC 791, 3.2; RFC 8200, 4.5; RFC 5722.
 *
 * A set collects the fragments of one packet. Sets live in the store's table and, oldest first, in
 * its list; when the store holds too much the oldest goes. A set whose first fragment showed that
 * the packet is not about IPsec stays as an empty mark, so that the rest is not kept.
 */
#ifndef ES_PACKET_FRAGMENT_H
#define ES_PACKET_FRAGMENT_H

#include "espial/base.h"
#include "espial/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct es_walk;
struct es_fragment_set;

struct es_fragment_store {
    struct es_table table;             /* of sets, by addresses, identification and protocol */
    struct es_fragment_set *oldest;    /* the list; owns the sets */
    struct es_fragment_set *newest;    /* its other end */
    struct es_fragment_set *completed; /* whose bytes are lent out until the next tick; owned */
    size_t used;                       /* bytes of all sets and pieces */
    size_t limit;                      /* the most `used` may become */
    struct es_decoder_counts *counts;  /* the decoder's */
};

/* One fragment as its header tells. */
struct es_fragment {
    const char *layer; /* for the count of malformed: "IPv4" */
    uint32_t id;
    uint8_t protocol; /* what the whole packet carries; of a whole one as its first part said */
    bool v6;
    bool more;     /* more fragments follow */
    size_t offset; /* bytes */
    size_t header; /* bytes of the IP header and what stands in front of the fragmentable part */
};

void es_fragment_store_init(struct es_fragment_store *store, size_t limit, const uint64_t seed[2],
                            struct es_decoder_counts *counts);
void es_fragment_store_fini(struct es_fragment_store *store);

/* Called for each frame: takes back what was lent, lets go of what waited too long. */
static inline void es_fragment_store_tick(struct es_fragment_store *store, es_time now);
void es_fragment_store_expire(struct es_fragment_store *store, es_time now);

/*
 * Takes in the fragment at the walk's cursor. True when the walk goes on: below the first fragment
 * (walk->partial), or below the whole packet that this fragment completed.
 */
bool es_fragment_walk(struct es_walk *walk, struct es_fragment *fragment);

/* What the walk of a first fragment came to; decides whether the rest of it is waited for. */
void es_fragment_judge(struct es_fragment_store *store, struct es_fragment_set *set, bool found,
                       bool undecided);

static inline void es_fragment_store_tick(struct es_fragment_store *store, es_time now)
{
    if (ES_UNLIKELY(store->oldest != NULL || store->completed != NULL))
        es_fragment_store_expire(store, now);
}

#endif
