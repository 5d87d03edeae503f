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

/* The newest IKE SA of a tunnel in which a NAT detection hash was seen, or NULL. */
const struct es_ike_sa *es_nat_detecting_sa(const struct es_tunnel *tunnel);

/* True when a NAT gave the port: it is none that IPsec uses by itself. */
bool es_nat_wrote_port(uint16_t port);

/*
 * True when a side is behind a NAT beyond doubt: its port was rewritten, or the other end sees
 * another address than the capture does. A hash over a side's own address proves less: stacks that
 * force encapsulation claim a false one.
 */
bool es_nat_is_sure(const struct es_tunnel *tunnel, uint8_t side);

/* "the initiator's side", …: where the NATs of a tunnel are; IKE SA and a NAT must be there. */
const char *es_nat_say_where(const struct es_tunnel *tunnel, const struct es_ike_sa *sa);

/* The last packet of any kind that a side sent, or NULL. */
const struct es_packet_ref *es_last_sign(const struct es_tunnel *tunnel, uint8_t side);

/* What was found with this id about the tunnel so far, by rules of chapters before; or NULL. */
const struct es_finding *es_found_before(const struct es_diagnosis *diagnosis,
                                         const struct es_tunnel *tunnel, const char *id);

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
