/*
 * The capture itself: what it cannot show must not be held against a peer.
 */
#include "catalogue.h"
#include "judgement.h"

static void one_sided(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    uint8_t missing;
    struct es_packet_ref proof;
    if (!es_is_one_sided(d, tunnel, &missing, &proof))
        return;
    const uint8_t speaker = 1 - missing;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const bool proven = es_ref_seen(&proof);
    f->confidence = proven ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_POSSIBLE;
    f->reason = proven ? "what the captured side sends shows that it hears the other one"
                       : "nothing in the capture shows whether the other side sends anything";
    f->provenance = proven ? ES_PROVENANCE_OBSERVED : ES_PROVENANCE_INFERRED;
    f->summary =
        es_say(d, "the capture holds %s from %s and none from %s%s",
               es_say_count(d, es_sent(tunnel, speaker), "packet", "packets"),
               es_who(d, tunnel, speaker), es_who(d, tunnel, missing),
               proven ? ", though the two do talk: nothing can be said of what is missing here"
                      : ": whether anything comes back cannot be told from it");
    es_finding_span(f, &tunnel->first, &tunnel->last, es_sent(tunnel, speaker));
    es_finding_evidence(d, f, &tunnel->first, "first packet, from %s", es_who(d, tunnel, speaker));
    es_finding_evidence(d, f, &proof, "%s sends this only after an answer that is not captured",
                        es_who(d, tunnel, speaker));
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel)
        es_finding_flow(f, flow);
}

static const struct es_rule rule_capture_one_sided = {
    .id = "capture-one-sided",
    .severity = ES_SEVERITY_WARNING,
    .title = "only one direction was captured",
    .explanation =
        "Every packet of this tunnel in the capture was sent by the same peer. What the other one "
        "sends went past the capture point, was filtered out, or was never sent. Findings about "
        "missing packets are held back for this tunnel.",
    .causes =
        ES_SENTENCES("the two directions take different paths (asymmetric routing, a "
                     "cluster, link aggregation) and the capture saw one",
                     "the capture filter names one host as source only",
                     "a mirror port set to one direction", "the other peer really sends nothing"),
    .checks = ES_SENTENCES("capture again at a place that both directions pass, or at both peers",
                           "look at the capture filter: \"host\" instead of \"src host\"",
                           "on a mirror port, mirror both directions"),
    .reference = "RFC 7296, 2.1",
    .on_tunnel = one_sided,
};

static const struct es_rule *const rules[] = {&rule_capture_one_sided};

const struct es_chapter es_chapter_capture = {rules, ES_COUNT(rules)};
