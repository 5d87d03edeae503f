/*
 * Looks at Child SAs and at requests for them that several chapters share. Private to src/diagnose.
 */
#ifndef ESPIAL_DIAGNOSE_CHILD_H
#define ESPIAL_DIAGNOSE_CHILD_H

#include "judgement.h"

/* The newest IKE SAs of a tunnel that rules look at. */
enum { ES_IKE_SAS_JUDGED = 64 };

/* True when a side sent ESP or AH in the tunnel after `time`. */
bool es_esp_since(const struct es_tunnel *tunnel, es_time time);

/* True when a negotiation made a Child SA after `time`; before it. */
bool es_child_made_since(const struct es_tunnel *tunnel, es_time time);
bool es_child_made_before(const struct es_tunnel *tunnel, es_time time);

/* True when a Child SA of the tunnel was made before `time` and carried packets. */
bool es_child_worked_before(const struct es_tunnel *tunnel, es_time time);

/* The last packet of a Child SA, either way; number 0: it has none. The first one. */
struct es_packet_ref es_child_last(const struct es_child_sa *child);
struct es_packet_ref es_child_first(const struct es_child_sa *child);

/* The mean time between two packets of a flow; 0 when it has but one. */
es_time es_flow_interval(const struct es_flow *flow);

/* Both ways, whichever is shorter: what the longest pause of its traffic was at most. */
es_time es_child_pause(const struct es_child_sa *child);

/* Requests of one side for new SAs that were refused, all since the last that was not. */
struct es_refused {
    const struct es_ike_sa *sa; /* NULL: there are none */
    const struct es_requests *requests;
    const struct es_wanted *wanted; /* with keys: what the newest of them asked for; or NULL */
    uint8_t side;                   /* who asked */
    uint16_t error;                 /* with keys: the notify type; 0: not read */
    bool in_auth;                   /* IKE_AUTH refused the first Child SA */
    struct es_packet_ref first, last;
    uint64_t count;
};

/* Those of the newest IKE SA that has some which nothing later made good. */
struct es_refused es_refused_requests(const struct es_tunnel *tunnel);

/* "ESP AES_CBC-256 HMAC_SHA2_256_128 or …": proposals as text; "nothing" when there are none. */
const char *es_say_proposals(struct es_diagnosis *diagnosis, const struct es_ike_transform *rows,
                             size_t count);
/* "10.1.0.0/24, 10.2.0.0/24"; "anything" when there are none. */
const char *es_say_selectors(struct es_diagnosis *diagnosis, const struct es_ike_selector *items,
                             size_t count);
/* The name of a notify in the words of the IKE SA's version. */
const char *es_say_notify(struct es_diagnosis *diagnosis, const struct es_ike_sa *sa,
                          uint16_t type);

#endif
