/*
 * The chain of payloads.
 */
#ifndef ES_IKE_PAYLOAD_CHAIN_H
#define ES_IKE_PAYLOAD_CHAIN_H

#include "espial/ike.h"

/* What is known of a payload type. */
struct es_ike_payload_kind {
    bool known;    /* else the row is empty */
    uint8_t least; /* bytes that its body has at least */
    bool seals;    /* SK or SKF: holds the rest of the message, `next` names what is inside */
};

/* The entry of a type in a version, or NULL when nothing is known of it. */
const struct es_ike_payload_kind *es_ike_payload_kind_find(uint8_t major, uint8_t type);

/* A walk over a chain. */
struct es_ike_payload_walk {
    struct es_cursor rest; /* not yet walked; es_offset() counts from the IKE header */
    uint8_t major;
    uint8_t next;             /* type of the next payload; 0 at the end */
    const char *reason;       /* of rest.fault; static */
    bool tolerant;            /* a payload too short for its type is handed out all the same, */
    const uint8_t *too_short; /* and this is its length field; else NULL */
};

extern const char es_ike_payload_too_short[]; /* the reason then */

/*
 * Steps to the next payload and puts it in `out`. False at the end and on a fault; then
 * walk->rest.fault says which, es_offset(&walk->rest) where, walk->reason why.
 * RFC 7296, 3.2; RFC 2408, 3.2.
 */
bool es_ike_payload_walk_next(struct es_ike_payload_walk *walk, struct es_ike_payload *out);

#endif
