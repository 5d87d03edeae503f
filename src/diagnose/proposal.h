/*
 * What two offers have in common and what keeps them apart, transform by transform. Private to
 * src/diagnose.
 */
#ifndef ESPIAL_DIAGNOSE_PROPOSAL_H
#define ESPIAL_DIAGNOSE_PROPOSAL_H

#include "finding.h"

enum { ES_DIFFERENCES_MAX = 16 };

/*
 * The nearest proposals of two offers: a range of rows in each, and the types of transforms in
 * which these two have nothing in common. A range of no rows: an offer was empty.
 */
struct es_proposal_difference {
    struct es_offer nearest[2]; /* of the first offer, of the second */
    uint16_t types[ES_DIFFERENCES_MAX];
    size_t count; /* 0: they match */
};

/*
 * Compares every proposal (IKEv1: transform) of one offer with every one of the other and keeps
 * the pair with the fewest differences. RFC 7296, 2.7 and 3.3; RFC 2409, 5.
 */
struct es_proposal_difference es_proposal_compare(const struct es_offer *one,
                                                  const struct es_offer *other);

/* "{ENCR AES_CBC-256, PRF …, DH MODP-2048}": each transform of an offer once, by type. */
const char *es_proposal_say(struct es_diagnosis *diagnosis, const struct es_offer *offer);

/* "only the DH group differs", "encryption and hash differ", "nothing differs". */
const char *es_proposal_say_difference(struct es_diagnosis *diagnosis,
                                       const struct es_proposal_difference *difference);

/* Mistakes in an offer that make responders refuse it: one check each. */
void es_proposal_check_pitfalls(struct es_diagnosis *diagnosis, struct es_finding *finding,
                                const struct es_offer *offer, const char *who);

/* The life duration of an IKEv1 offer in seconds; 0: none. */
uint32_t es_proposal_lifetime(const struct es_offer *offer);

#endif
