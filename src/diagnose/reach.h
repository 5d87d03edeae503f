/*
 * Looks at the model that the chapters about reaching the peer share. Private to src/diagnose.
 */
#ifndef ESPIAL_DIAGNOSE_REACH_H
#define ESPIAL_DIAGNOSE_REACH_H

#include "judgement.h"

/* The newest request of a side whose first copy was seen, or NULL. */
const struct es_exchange *es_newest_request(const struct es_ike_sa *sa, uint8_t side);

/* IKE_SA_INIT (phase 1: the first message) was answered, and the initiator's next request is not,
 * though sent again and again: that request, or NULL. */
const struct es_exchange *es_stuck_behind_first(const struct es_diagnosis *diagnosis,
                                                const struct es_ike_sa *sa);

/* True when a side sent something on UDP port 4500, or a port that a NAT made of it, by `time`. */
bool es_spoke_on_natt_port(const struct es_tunnel *tunnel, uint8_t side, es_time time);

/* True when a side announced that it takes IKE fragments (RFC 7383, or its IKEv1 forerunner). */
bool es_takes_ike_fragments(const struct es_ike_sa *sa, uint8_t side);

/* "IKE_AUTH", "Main Mode": an exchange's name. */
const char *es_say_exchange(struct es_diagnosis *diagnosis, uint8_t major, uint8_t exchange_type);

/* "isakmp.ispi == …": an IKE SA's packets, for Wireshark. */
const char *es_say_filter(struct es_diagnosis *diagnosis, const struct es_ike_sa *sa);

#endif
