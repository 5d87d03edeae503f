/*
 * Looks at the model that several rules share. Private to src/diagnose.
 */
#ifndef ESPIAL_DIAGNOSE_JUDGEMENT_H
#define ESPIAL_DIAGNOSE_JUDGEMENT_H

#include "finding.h"

/* The newest Child SAs of a tunnel that rules look at: older ones have been replaced, or are
 * forged. */
enum { ES_ONE_WAY_CHILDREN = 64 };

/* Packets of any kind that a side sent. */
uint64_t es_sent(const struct es_tunnel *tunnel, uint8_t side);

/* True when the side sent anything at all after `time`; `last` (may be NULL) is when. */
bool es_spoke_since(const struct es_tunnel *tunnel, uint8_t side, es_time time);

/*
 * True when only one side of the tunnel was captured although, or without a sign whether, both
 * speak. `missing` is the side not captured; `proof` the packet that shows that it spoke, its
 * number 0 when nothing shows it.
 */
bool es_is_one_sided(const struct es_diagnosis *diagnosis, const struct es_tunnel *tunnel,
                     uint8_t *missing, struct es_packet_ref *proof);

/* The IKE SA in which `side` asks whether its peer lives and hears nothing, or NULL. */
const struct es_ike_sa *es_dpd_unanswered(const struct es_diagnosis *diagnosis,
                                          const struct es_tunnel *tunnel, uint8_t side);

/* True when the tunnel got a new IKE SA established after `time`. */
bool es_established_after(const struct es_tunnel *tunnel, es_time time);

/*
 * The newest request of an IKE SA from `side`, when it was sent `unanswered-tries` times or more,
 * nothing answered, and patience is over; else NULL.
 */
const struct es_exchange *es_unanswered(const struct es_diagnosis *diagnosis,
                                        const struct es_ike_sa *sa, uint8_t side);

/*
 * True when IKE_AUTH set up this IKE SA without a Child SA on purpose (RFC 6023): read with keys,
 * or the responder offers it, and request and answer are too short for one.
 */
bool es_is_childless(const struct es_ike_sa *sa);

/* The IKE SAs of a tunnel that something is true of, in order; count 0: none. */
struct es_ike_sas {
    const struct es_ike_sa *first, *last;
    uint64_t count;
};
struct es_ike_sas es_ike_sas_that(const struct es_tunnel *tunnel,
                                  bool (*is_so)(const struct es_ike_sa *sa));

#endif
