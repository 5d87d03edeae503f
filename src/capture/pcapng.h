/*
 * Parts of a pcapng file (draft-ietf-opsawg-pcapng): options, what an interface says of its
 * packets, and the blocks that carry them.
 */
#ifndef ESPIAL_CAPTURE_PCAPNG_H
#define ESPIAL_CAPTURE_PCAPNG_H

#include "reader.h"

#include <stdbool.h>
#include <stdint.h>

struct es_pcapng_interface {
    uint32_t link_type;
    uint32_t snaplen; /* bytes; 0: no limit */
    char *name;       /* owned; NULL when it has none */

    /* From ticks to ns: by `multiply` or `divide`, else ticks are 2^-shift seconds. */
    uint64_t multiply;
    uint64_t most_ticks; /* more would overflow when multiplied */
    uint64_t divide;
    unsigned shift;
    es_time offset; /* to be added, ns */

    uint64_t drops_counted; /* sum of what packet blocks say */
    uint64_t drops_stated;  /* latest total of a statistics block */
};

struct es_pcapng_option {
    uint16_t code;
    uint16_t length;
    const uint8_t *value; /* `length` bytes, borrowed from the block */
};

/*
 * Steps to the next option. False at the end of the list, and where the list breaks: what follows
 * then says nothing.
 */
bool es_pcapng_option_next(struct es_cursor *options, bool big_endian,
                           struct es_pcapng_option *out);

/*
 * Reads the body of an interface description block. False when it is too short or there is no
 * memory; es_pcapng_interface_fini() is due in each case.
 */
bool es_pcapng_interface_parse(struct es_pcapng_interface *interface, struct es_cursor *body,
                               bool big_endian);

void es_pcapng_interface_fini(struct es_pcapng_interface *interface);

/* The time of a tick count of this interface. What does not fit becomes the nearest that does. */
es_time es_pcapng_time(const struct es_pcapng_interface *interface, uint64_t ticks);

/* The other way round, the tick at or before `time`. False when no number of ticks says it. */
bool es_pcapng_ticks(const struct es_pcapng_interface *interface, es_time time, uint64_t *ticks);

struct es_pcapng_reader {
    struct es_reader reader;
    bool big_endian;                        /* of this section */
    uint64_t block;                         /* number of the block at the read position, from 1 */
    struct es_pcapng_interface *interfaces; /* owned; of this section */
    size_t interface_count;
    size_t interface_capacity;
    const uint8_t *lent; /* the last packet's block, with the frame */
};

enum es_pcapng_result {
    ES_PCAPNG_FRAME,   /* a frame has been read */
    ES_PCAPNG_NOTHING, /* nothing to hand out; go on */
    ES_PCAPNG_BROKEN,  /* damage that nothing can be read after */
};

/*
 * Readers of block bodies: enhanced, simple and obsolete packet blocks, interface statistics. The
 * stream stands at the block's first byte. A frame borrows the body.
 */
enum es_pcapng_result es_pcapng_read_enhanced(struct es_pcapng_reader *pcapng,
                                              struct es_cursor *body, struct es_frame *out);
enum es_pcapng_result es_pcapng_read_simple(struct es_pcapng_reader *pcapng, struct es_cursor *body,
                                            struct es_frame *out);
enum es_pcapng_result es_pcapng_read_obsolete(struct es_pcapng_reader *pcapng,
                                              struct es_cursor *body, struct es_frame *out);
enum es_pcapng_result es_pcapng_read_statistics(struct es_pcapng_reader *pcapng,
                                                struct es_cursor *body, struct es_frame *out);

#endif
