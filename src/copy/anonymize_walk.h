/*
 * The way of the anonymiser through one frame: a cursor over bytes that are its own, header by
 * header. What the walk steps over stays, as changed; what it leaves is zeroed.
 */
#ifndef ES_COPY_ANONYMIZE_WALK_H
#define ES_COPY_ANONYMIZE_WALK_H

#include "anonymize_map.h"
#include "anonymize_name.h"

#include "espial/copy/anonymize.h"
#include "espial/packet/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a header says comes next. */
enum es_next {
    ES_NEXT_NOTHING, /* what is left at the cursor is not to pass */
    ES_NEXT_LINK,    /* walk->trace */
    ES_NEXT_IPV4,
    ES_NEXT_IPV6,
    ES_NEXT_PROTOCOL, /* of IP: walk->protocol */
};

/* A checksum to mend once all that it covers has been rewritten. */
struct es_mend {
    uint8_t *checksum;    /* the field, two bytes */
    const uint8_t *start; /* what it covers, the field included, */
    const uint8_t *end;   /* as far as it was captured */
    uint64_t before;      /* sum of that */
    uint64_t pseudo;      /* and of the pseudo header, addresses and all; 0: none */
    uint64_t pseudo_after;
    bool is_udp; /* 0 means none */
};

enum { ES_MENDS_MAX = 24, ES_REWRITE_DEPTH = 24 };

/* A datagram in fragments. Compared as bytes. */
struct es_fragment_key {
    struct es_address source, destination; /* first; before they were replaced */
    uint32_t id;
    uint32_t protocol; /* with 256 added for IPv6 */
};

struct es_rewrite {
    struct es_anonymizer *anonymizer;
    uint8_t *bytes;     /* all of it, to be written to */
    struct es_cursor c; /* the next header; over `bytes` */
    const struct es_packet_ref *ref;
    struct es_anonymizer_counts *counts;

    struct es_trace trace;
    uint8_t protocol;
    struct es_address source, destination;         /* of the innermost IP header, as they were, */
    struct es_address new_source, new_destination; /* and as they are */
    uint16_t ports[2];                             /* of the innermost UDP or TCP header */
    bool v6;                                       /* that header is IPv6 */
    bool partial; /* the rest of the packet is elsewhere: a first fragment, or quoted in ICMP */
    bool sealed;  /* the walk ended in something encrypted, which may go on elsewhere */
    bool whole;   /* these bytes were put together; pieces are not looked for in them */
    bool fragmented;
    struct es_fragment_key fragment; /* the first fragment walked, when `fragmented` */

    struct es_mend mends[ES_MENDS_MAX];
    size_t mend_count;
};

/* anonymize_walk.c */

/* Walks from `next` on, zeroes what is left, and mends the checksums. */
void es_rewrite_run(struct es_rewrite *walk, enum es_next next);

/* The same bytes, to write to; `at` lies in the walk's bytes. */
uint8_t *es_rewrite_at(const struct es_rewrite *walk, const uint8_t *at);

/* The next bytes, stepped over; NULL, and nothing stepped over, when they were not captured. */
uint8_t *es_rewrite_take(struct es_rewrite *walk, size_t count);

/* Zeroes captured bytes. */
void es_rewrite_zero(struct es_rewrite *walk, const uint8_t *from, const uint8_t *end);

/* Steps over all that is left: it stays. */
void es_rewrite_keep(struct es_rewrite *walk);

/* Narrows the cursor to its next `length` wire bytes and zeroes what lies behind; to more than
 * there are when the rest is elsewhere. */
void es_rewrite_narrow(struct es_rewrite *walk, size_t length);

/* Replaces an address in its place. */
void es_rewrite_v4(struct es_rewrite *walk, uint8_t *at);
void es_rewrite_v6(struct es_rewrite *walk, uint8_t *at);
void es_rewrite_mac(struct es_rewrite *walk, uint8_t *at);

/* The first and last address of a range (4 or 16 bytes each): its size and order stay. */
void es_rewrite_range(struct es_rewrite *walk, uint8_t *first, uint8_t *last, size_t size);

/* An address and its mask. */
void es_rewrite_subnet(struct es_rewrite *walk, uint8_t *address, const uint8_t *mask, size_t size);

/*
 * Promises to mend a checksum over the bytes from `start` to the cursor's end. `protocol` is that
 * of the pseudo header, which has `length`; 0: the sum has none.
 */
void es_rewrite_mend(struct es_rewrite *walk, uint8_t *checksum, const uint8_t *start,
                     uint8_t protocol, uint32_t length);

/* Mends a checksum at once: the sum of what it covers was `before`. */
uint64_t es_rewrite_sum(const uint8_t *bytes, size_t count);
void es_rewrite_mend_now(uint8_t *checksum, uint64_t before, uint64_t after);

/* The layers, each in a file of its own. */
enum es_next es_rewrite_link(struct es_rewrite *walk);
enum es_next es_rewrite_ipv4(struct es_rewrite *walk);
enum es_next es_rewrite_ipv6(struct es_rewrite *walk);
enum es_next es_rewrite_protocol(struct es_rewrite *walk);
enum es_next es_rewrite_icmp(struct es_rewrite *walk);
enum es_next es_rewrite_icmpv6(struct es_rewrite *walk);

/* The cursor stands on an SPI, all of ESP at it. */
enum es_next es_rewrite_esp(struct es_rewrite *walk);

/* The cursor stands on an IKE header; leaves it behind what may stay. */
void es_rewrite_ike(struct es_rewrite *walk);

/* An IP fragment; the cursor stands on what it carries. `first`: it has the packet's beginning. */
enum es_next es_rewrite_fragment(struct es_rewrite *walk, uint32_t id, size_t offset, bool more);

/* Something whole that comes in pieces. Compared as bytes: no padding that is not zero. */
enum es_assembly_kind { ES_ASSEMBLY_IP, ES_ASSEMBLY_IKEV1, ES_ASSEMBLY_RECORD };
struct es_assembly_key {
    struct es_address source, destination;
    uint64_t ids[2];
    uint32_t id;
    uint32_t kind;
};

/* While learning: a piece at `at`, in its order (offsets; IKEv1: numbers from 1). */
void es_piece_add(struct es_rewrite *walk, const struct es_assembly_key *key, const uint8_t *at,
                  size_t size, size_t order, bool last);

/* Puts what was learned of this piece in its place; false when nothing was. */
bool es_piece_find(struct es_rewrite *walk, const uint8_t *at, size_t size);

/* A record of RFC 9329, all of it at the cursor. */
void es_rewrite_record(struct es_rewrite *walk);

/* Remembers whether what the first fragment began is encrypted. */
void es_fragment_conclude(struct es_rewrite *walk);

/* A NAT detection hash: over the new address where the old one is known, else another one. */
struct es_ike_header;
void es_rewrite_nat_hash(struct es_rewrite *walk, const struct es_ike_header *header, uint8_t *hash,
                         size_t size);

/* The data of a TCP segment, at the cursor. */
struct es_rewrite_segment {
    uint32_t sequence;
    bool syn;
};
void es_rewrite_stream(struct es_rewrite *walk, const struct es_rewrite_segment *segment);

#endif
