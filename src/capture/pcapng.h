/*
 * Parts of a pcapng file (draft-ietf-opsawg-pcapng): options, and what an interface says of its
 * packets.
 */
#ifndef ESPIAL_CAPTURE_PCAPNG_H
#define ESPIAL_CAPTURE_PCAPNG_H

#include "espial/base.h"

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

#endif
