/*
 * What the parts of SA payloads are made of: proposals, transforms, attributes.
 */
#ifndef ES_IKE_SA_PARTS_H
#define ES_IKE_SA_PARTS_H

#include "espial/ike.h"

enum {
    ES_IKE_PROPOSAL_FOLLOWS = 2,  /* IKEv1's payload number of a proposal */
    ES_IKE_TRANSFORM_FOLLOWS = 3, /* and of a transform; IKEv2 kept both */
};

/* The common front of a proposal or transform, and the window over all of it. */
struct es_ike_substructure {
    bool last;
    struct es_cursor inside; /* after the length field */
    const char *reason;      /* of a fault; static */
};

/*
 * Steps over one proposal or transform of `chain`. `follows` is the mark of another one: the chain
 * ends where that says, and what is left then is a lie.
 */
bool es_ike_substructure_next(struct es_cursor *chain, uint8_t follows,
                              struct es_ike_substructure *out);

struct es_ike_sa_attribute {
    uint16_t class;
    struct es_cursor bytes; /* of the value; borrows the message */
    uint32_t value;         /* UINT32_MAX when it has more than four bytes that matter */
    bool number;            /* has a value of at most eight bytes */
};

/* Steps over one attribute. RFC 7296, 3.3.5; RFC 2408, 3.3. */
bool es_ike_attribute_next(struct es_cursor *attributes, struct es_ike_sa_attribute *out);

/*
 * DOI and situation, which stand before IKEv1's proposals. False also when they are others than
 * those of RFC 2407, 4.2, without labels; `body` then stands at the one that is.
 */
bool es_ike_situation_parse(struct es_cursor *body, uint32_t *doi, uint32_t *situation);

#endif
