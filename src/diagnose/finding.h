/*
 * How rules write findings down. Every function takes a NULL finding (memory ended) and does
 * nothing then, so that a rule reads straight down. Private to src/diagnose.
 */
#ifndef ESPIAL_DIAGNOSE_FINDING_H
#define ESPIAL_DIAGNOSE_FINDING_H

#include "espial/diagnose.h"

/* What stands in the list about one tunnel, notes left out. */
struct es_tunnel_findings {
    const struct es_finding *worst; /* NULL: nothing */
    size_t count;
};

struct es_diagnosis {
    const struct es_model *model;
    const struct es_coverage *coverage; /* what the caller knew, kept in the arena */
    struct es_thresholds thresholds;
    es_time now;
    struct es_arena arena; /* owns findings and their texts */
    struct es_finding *findings;
    size_t counts[3]; /* by severity, of those in the list */
    size_t rule_at;   /* the rule that looks: its place in the catalogue */
    uint64_t *asides; /* of each rule that is no fault: tunnels that it spoke of */
    struct es_tunnel_findings *by_tunnel; /* by the tunnel's number, from 1 */
    const char *verdict;
    bool failed; /* memory ended: the list may be incomplete */
};

/* A threshold in force, as a number and (units S and MS) as a time. */
static inline uint64_t es_limit(const struct es_diagnosis *diagnosis, enum es_limit limit)
{
    return (uint64_t)diagnosis->thresholds.values[limit];
}
es_time es_limit_ns(const struct es_diagnosis *diagnosis, enum es_limit limit);

/* A text that lives as long as the diagnosis; "" when memory ended. */
const char *es_say(struct es_diagnosis *diagnosis, const char *format, ...) ES_PRINTF(2, 3);

/* A new finding of a rule, as severe as the rule says, certain and observed. */
struct es_finding *es_finding_add(struct es_diagnosis *diagnosis, const struct es_rule *rule,
                                  const struct es_tunnel *tunnel);

void es_finding_evidence(struct es_diagnosis *diagnosis, struct es_finding *finding,
                         const struct es_packet_ref *ref, const char *format, ...) ES_PRINTF(4, 5);
void es_finding_check(struct es_diagnosis *diagnosis, struct es_finding *finding,
                      const char *format, ...) ES_PRINTF(3, 4);
void es_finding_flow(struct es_finding *finding, const struct es_flow *flow);
void es_finding_spi(struct es_finding *finding, uint32_t spi);
/* The peer to look at; and, where it is another one, the peer whose packets are missing. */
void es_finding_peer(struct es_finding *finding, uint8_t side);
void es_finding_silent(struct es_finding *finding, uint8_t side);
/* Makes a finding no surer than this, and adds why. */
void es_finding_cap(struct es_diagnosis *diagnosis, struct es_finding *finding,
                    enum es_confidence most, const char *why);
void es_finding_span(struct es_finding *finding, const struct es_packet_ref *first,
                     const struct es_packet_ref *last, uint64_t count);

/* A peer's address (with its port where a NAT hides several peers behind one address). */
const char *es_who(struct es_diagnosis *diagnosis, const struct es_tunnel *tunnel, uint8_t side);

/* An address, an address with its port, a span of time, a number of things, as text. */
const char *es_say_address(struct es_diagnosis *diagnosis, const struct es_address *address);
const char *es_say_endpoint(struct es_diagnosis *diagnosis, const struct es_endpoint *endpoint);
const char *es_say_span(struct es_diagnosis *diagnosis, es_time span);
const char *es_say_count(struct es_diagnosis *diagnosis, uint64_t count, const char *one,
                         const char *many);

/* coverage.c: what the capture could not have shown caps or withdraws a claim of absence. */
void es_coverage_judge(struct es_diagnosis *diagnosis, struct es_finding *finding);

/* verdict.c: puts the whole in one sentence. */
void es_verdict(struct es_diagnosis *diagnosis);

/* "IKE SA" or "ISAKMP SA", "Child SA" or "phase 2 SA": the words of the tunnel's version. */
const char *es_word_ike_sa(const struct es_tunnel *tunnel);
const char *es_word_child_sa(const struct es_tunnel *tunnel);

#endif
