/*
 * Refused authentication, judged once for all rules about it: who refused whom, when, and what the
 * wire tells of the cause. Each failed IKE SA has one cause, so that no two rules claim it. Private
 * to src/diagnose.
 */
#ifndef ESPIAL_DIAGNOSE_REFUSAL_H
#define ESPIAL_DIAGNOSE_REFUSAL_H

#include "finding.h"

enum es_refusal_cause {
    ES_REFUSAL_OPEN,        /* pre-shared key, identity, policy: nothing tells which */
    ES_REFUSAL_PSK,         /* IKEv1: what the key protects cannot be read */
    ES_REFUSAL_IDENTITY,    /* the identities do not mirror each other */
    ES_REFUSAL_CERTIFICATE, /* certificates were used */
    ES_REFUSAL_VALIDITY,    /* a certificate is not valid at the time of its packet */
    ES_REFUSAL_HASHES,      /* no common hash for signatures */
    ES_REFUSAL_PPK,         /* post-quantum pre-shared keys were used */
    ES_REFUSAL_EAP,         /* EAP was used */
    ES_REFUSAL_CAUSES
};

struct es_judged_refusal {
    enum es_refusal_cause cause;
    uint8_t side;                  /* who refused */
    struct es_packet_ref ref;      /* with what, */
    struct es_packet_ref proposed; /* and what it refused; number 0: not seen */
    enum es_confidence confidence; /* that it was refused */
    enum es_provenance provenance;
    bool by_initiator; /* after it was itself accepted */
};

/* False when the authentication of this IKE SA was not refused, as far as can be seen. */
bool es_refusal_judge(const struct es_diagnosis *diagnosis, const struct es_ike_sa *sa,
                      struct es_judged_refusal *out);

/* The refusals of a tunnel that have one cause. `count` 0: none, the rest is void. */
struct es_refusals_of_tunnel {
    uint64_t count;
    const struct es_ike_sa *first_sa, *sa; /* the first and the last */
    struct es_judged_refusal first, last;
};
struct es_refusals_of_tunnel es_refusals_that(const struct es_diagnosis *diagnosis,
                                              const struct es_tunnel *tunnel,
                                              enum es_refusal_cause cause);

/* A finding about refusals, without summary and reason; NULL when there are none. */
struct es_finding *es_refusal_finding(const struct es_rule *rule, struct es_diagnosis *diagnosis,
                                      const struct es_tunnel *tunnel,
                                      const struct es_refusals_of_tunnel *refusals);

/* "192.0.2.1 refused the authentication of 198.51.100.1". */
const char *es_refusal_say(struct es_diagnosis *diagnosis, const struct es_tunnel *tunnel,
                           const struct es_refusals_of_tunnel *refusals);

/* The side whose certificate, shown with keys, is not valid when its packet was sent. */
bool es_certificate_invalid(const struct es_ike_sa *sa, uint8_t *side);

/*
 * Identities that do not mirror each other, shown with keys: `asker` wants to talk to `wanted`,
 * and its peer calls itself `claimed`.
 */
struct es_identity_clash {
    uint8_t asker;
    const char *wanted, *claimed;
};
bool es_identity_clash_find(const struct es_tunnel *tunnel, struct es_identity_clash *out);

/* A side calls itself by an address, and its packets come from another. */
bool es_address_clash_of(const struct es_ike_sa *sa, uint8_t side);

#endif
