/*
 * Packets of a capture in memory, and the ways in which they are spoilt.
 */
#ifndef TESTS_MUTATE_PACKETS_H
#define TESTS_MUTATE_PACKETS_H

#include "espial/pipeline.h"

/* What a packet's number has room for. */
#define NUMBER_MASK ((UINT64_C(1) << 44) - 1)

/* xorshift64*: the same numbers everywhere for one seed. */
struct dice {
    uint64_t state;
};
uint64_t dice_roll(struct dice *dice, uint64_t sides); /* 0 to sides - 1 */

struct packet {
    uint8_t *bytes; /* owned */
    size_t held, wire;
    es_time time;
    uint32_t link_type;
    enum es_direction direction;
    bool timed;
};

struct packets {
    struct packet *at; /* owned */
    size_t count, capacity;
};

/* Those of a capture file, or of a file's bytes; false when there are none. */
bool packets_read(struct packets *packets, struct es_source *source);
void packets_copy(struct packets *out, const struct packets *from);
void packets_add(struct packets *packets, const struct packet *packet); /* a copy of it */
void packets_sort(struct packets *packets);                             /* by time; stable */
void packets_fini(struct packets *packets);

/* A way to spoil packets. */
struct mutation {
    const char *name;
    void (*apply)(struct packets *packets, struct dice *dice);
    bool keeps_time; /* no packet leaves the time that the capture spans */
};
extern const struct mutation mutations[];
extern const size_t mutation_count;

/* Gives the peers of a capture other addresses and SPIs, wherever they stand in its frames. */
void packets_disguise(struct packets *packets);

/* Moves and scales all times to lie between two others. */
void packets_fit(struct packets *packets, es_time first, es_time last);

#endif
