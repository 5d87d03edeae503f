/*
 * Chapter: counters of ESP and AH. Numbers and IVs that come twice, counters that begin again, jump
 * or run out.
 */
#include "catalogue.h"
#include "flows.h"

#include <inttypes.h>

/* --- numbers that come twice --- */

static uint64_t repeated_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const struct es_irregular *irregular = flow->irregular;
    const uint64_t twice = es_sequence_disorder(&flow->sequence)->duplicates;
    const uint64_t reused = irregular ? irregular->reused.count : 0;
    if (twice < reused + es_limit(d, ES_LIMIT_DUPLICATES) ||
        (irregular && irregular->resets.count) || es_counter_is_shared(d, flow))
        return 0;
    const uint64_t once = flow->packets - twice;
    return twice * 100 < once * es_limit(d, ES_LIMIT_COPY_PERCENT) ? twice - reused : 0;
}

static void replay_duplicate(const struct es_rule *rule, struct es_diagnosis *d,
                             const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, repeated_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, repeated_of, true);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    const struct es_irregular *irregular = flow->irregular;
    const struct es_tally *repeats = &irregular->repeats;
    if (repeats->count) {
        f->reason = "the same bytes came again, and too much later for a capture that sees a "
                    "packet twice";
    } else if (irregular->copies.count == flows.most) {
        f->severity = ES_SEVERITY_NOTE;
        f->confidence = ES_CONFIDENCE_POSSIBLE;
        f->reason = "they came again at once, as a capture does that sees some packets twice";
    } else {
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = "the numbers came before; whether the bytes are the same was not kept";
    }
    f->summary = es_say(d,
                        "%" PRIu64 " of %" PRIu64 " packets of %s came with a number that came "
                        "before%s%s",
                        flows.most, flow->packets, es_say_flow(d, flow),
                        repeats->count ? "; the bytes are the same: duplicated on the way or "
                                         "replayed, and dropped by the replay check"
                                       : "",
                        es_say_more(d, &flows));
    const struct es_tally *shown = repeats->count ? repeats : &irregular->copies;
    if (shown->count) {
        es_finding_span(f, &shown->first, &shown->last, flows.sum);
        es_finding_evidence(d, f, &shown->first, "the first that came again");
        es_finding_evidence(d, f, &shown->last, "the last");
    } else {
        es_finding_evidence(d, f, &flow->last, "the last packet of the SPI");
    }
}

static const struct es_rule rule_replay_duplicate = {
    .id = "esp-replay-duplicate",
    .severity = ES_SEVERITY_WARNING,
    .title = "ESP packets come twice",
    .explanation = "Packets with sequence numbers that were seen before, the same ones as far as "
                   "their bytes were kept. The receiver's replay check drops them.",
    .causes = ES_SENTENCES("a loop or a redundant path that duplicates packets on the way",
                           "a link that retransmits what did arrive", "somebody replays packets",
                           "a mirror port that shows some packets twice"),
    .checks = ES_SENTENCES("the receiver's counter of replay drops: does it rise with them?",
                           "capture on both sides of each device on the way: where do the copies "
                           "begin?"),
    .reference = "RFC 4303, 3.4.3",
    .roots = ES_SENTENCES("esp-seq-reset", "capture-duplicates"),
    .on_tunnel = replay_duplicate,
};

static uint64_t reused_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const uint64_t count = flow->irregular ? flow->irregular->reused.count : 0;
    return count && !es_counter_is_shared(d, flow) ? count : 0;
}

static void seq_reuse(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, reused_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, reused_of, false);
    if (!f)
        return;
    const struct es_tally *reused = &flows.worst->irregular->reused;
    const struct es_esp_plausible plausible = es_esp_judge(&flows.worst->shape);
    f->summary =
        es_say(d, "%s of %s had a number that another packet had before%s%s",
               es_say_count(d, flows.most, "packet", "packets"), es_say_flow(d, flows.worst),
               plausible.cipher == ES_ESP_CIPHER_COUNTER
                   ? ": with AES-GCM or another counter mode that can reveal what they "
                     "hold"
                   : "",
               es_say_more(d, &flows));
    es_finding_span(f, &reused->first, &reused->last, flows.sum);
    es_finding_evidence(d, f, &reused->first, "other bytes under a number that came before");
    es_finding_evidence(d, f, &reused->last, "the last such packet");
}

static const struct es_rule rule_seq_reuse = {
    .id = "esp-seq-reuse",
    .severity = ES_SEVERITY_ERROR,
    .title = "one sequence number on different packets",
    .explanation = "A sender must never use a number twice within an SA. Receivers drop the second "
                   "packet, and where the IV follows the counter, encryption breaks.",
    .causes =
        ES_SENTENCES("two cluster members send on the same SA", "a failover without the counters",
                     "a defective implementation", "manual keys that outlive a restart"),
    .checks = ES_SENTENCES("the sender's cluster state: is one member alone active for this SA?",
                           "delete the SA and negotiate a new one"),
    .reference = "RFC 4303, 3.3.3; RFC 6311, 5",
    .roots = ES_SENTENCES("esp-seq-reset"),
    .on_tunnel = seq_reuse,
};

/* --- counters --- */

static uint64_t resets_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const uint64_t count = flow->irregular ? flow->irregular->resets.count : 0;
    return count && !es_counter_is_shared(d, flow) ? count : 0;
}

static void seq_reset(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, resets_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, resets_of, false);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    const struct es_irregular *irregular = flow->irregular;
    f->summary =
        es_say(d,
               "the counter of %s began again%s after number %" PRIu64
               ": until it is back there, the receiver drops all as replays%s",
               es_say_flow(d, flow),
               flows.most > 1 ? es_say(d, " %" PRIu64 " times, the last time", flows.most) : "",
               irregular->reset_from, es_say_more(d, &flows));
    es_finding_span(f, &irregular->resets.first, &irregular->resets.last, flows.sum);
    es_finding_evidence(d, f, &irregular->resets.first,
                        "the last of four packets in a row with low numbers");
    es_finding_evidence(d, f, &flow->last, "last packet, number %" PRIu64, flow->sequence.highest);
}

static const struct es_rule rule_seq_reset = {
    .id = "esp-seq-reset",
    .severity = ES_SEVERITY_ERROR,
    .title = "a sender's sequence numbers begin again",
    .explanation = "The numbers of an SA fall back although the SPI stays the same. The receiver "
                   "takes the packets for replays and drops them.",
    .causes = ES_SENTENCES("a failover to a cluster member that did not get the counter",
                           "the sender restarted with manual keys or a restored SA",
                           "somebody replays old packets"),
    .checks = ES_SENTENCES("the sender's cluster: are sequence numbers synchronised?",
                           "the receiver's counter of replay drops",
                           "delete the SA on the sender so that a new one is negotiated"),
    .reference = "RFC 4303, 3.3.3; RFC 6311, 5",
    .on_tunnel = seq_reset,
};

static uint64_t skip_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const uint64_t skip = flow->irregular ? flow->irregular->longest_skip : 0;
    return skip && !es_counter_is_shared(d, flow) ? skip : 0;
}

static void seq_jump(const struct es_rule *rule, struct es_diagnosis *d,
                     const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, skip_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, skip_of, false);
    if (!f)
        return;
    const struct es_irregular *irregular = flows.worst->irregular;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->reason = "at the rate of this flow that many packets could not be sent in that time";
    f->summary =
        es_say(d, "the counter of %s was set forward by %" PRIu64 " at once, as after a failover%s",
               es_say_flow(d, flows.worst), flows.most, es_say_more(d, &flows));
    es_finding_span(f, &irregular->longest_skip_ref, &irregular->longest_skip_ref, flows.count);
    es_finding_evidence(d, f, &irregular->longest_skip_ref, "first packet behind the jump");
}

static const struct es_rule rule_seq_jump = {
    .id = "esp-seq-jump",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "a counter was set forward",
    .explanation = "A sequence number is far higher than the one before, and no loss explains it: "
                   "cluster members skip numbers at a failover so as not to use one twice.",
    .causes = ES_SENTENCES("a cluster failover", "a counter that was set by hand"),
    .checks = ES_SENTENCES("the sender's cluster log at that time"),
    .reference = "RFC 6311, 5.1",
    .on_tunnel = seq_jump,
};

static uint64_t near_wrap_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const uint64_t highest = flow->sequence.highest;
    return highest >= es_limit(d, ES_LIMIT_NEAR_WRAP) && highest <= UINT32_MAX &&
                   es_has_esn(flow) != ES_YES && !flow->child->rekeyed_by
               ? highest
               : 0;
}

static void near_wrap(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, near_wrap_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, near_wrap_of, false);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    if (es_has_esn(flow) == ES_UNKNOWN) {
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = "unless the SA has extended sequence numbers, which is not in the capture";
    }
    const uint64_t left = UINT32_MAX - flows.most;
    const double rate = flow->packets > 1 ? (double)(flow->last.time - flow->first.time) /
                                                (double)(flow->packets - 1)
                                          : 0;
    f->summary = es_say(d,
                        "%s has come to number %" PRIu64 " of 4294967295 without a rekey; the "
                        "%" PRIu64 " left last for %s at this rate%s",
                        es_say_flow(d, flow), flows.most, left,
                        rate * (double)left < 1e18 ? es_say_span(d, (es_time)(rate * (double)left))
                                                   : "years",
                        es_say_more(d, &flows));
    f->count = flows.count;
    es_finding_evidence(d, f, &flow->last, "number %" PRIu64, flows.most);
}

static const struct es_rule rule_near_wrap = {
    .id = "esp-seq-near-wrap",
    .severity = ES_SEVERITY_WARNING,
    .title = "sequence numbers run out",
    .explanation = "Without extended sequence numbers an SA ends with number 2^32 - 1: its sender "
                   "has to stop there. A rekey should have come before.",
    .causes = ES_SENTENCES("no rekey by volume or packets, and a lifetime too long for the rate",
                           "rekeys fail", "manual keys"),
    .checks = ES_SENTENCES("negotiate extended sequence numbers (ESN)",
                           "set a lifetime in packets or bytes on both peers"),
    .reference = "RFC 4303, 3.3.3",
    .on_tunnel = near_wrap,
};

static uint64_t wrapped_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    (void)d;
    const struct es_irregular *irregular = flow->irregular;
    return irregular && es_ref_seen(&irregular->wrapped)
               ? flow->packets - irregular->packets_wrapped
               : 0;
}

/* The other peer sent ESP until about the wrap and none since, for as long as makes a silence. */
static bool fell_silent(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const struct es_irregular *irregular = flow->irregular;
    const struct es_tally *back = &flow->tunnel->peers[1 - flow->side].esp;
    return flow->packets - irregular->packets_wrapped >= es_limit(d, ES_LIMIT_ONE_WAY_PACKETS) &&
           back->count &&
           back->last.time <= irregular->wrapped.time + es_limit_ns(d, ES_LIMIT_SETTLE);
}

static void seq_wrap(const struct es_rule *rule, struct es_diagnosis *d,
                     const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, wrapped_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, wrapped_of, false);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    const enum es_tristate esn = es_has_esn(flow);
    const char *then = "";
    if (esn == ES_YES) {
        f->severity = ES_SEVERITY_NOTE;
        then = "; the SA has extended sequence numbers, so that is as it should be";
    } else if (esn == ES_UNKNOWN && fell_silent(d, flow)) {
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = "the other direction fell silent just then";
        then = "; since then nothing comes back";
    } else if (esn == ES_UNKNOWN) {
        f->severity = ES_SEVERITY_NOTE;
        f->confidence = ES_CONFIDENCE_POSSIBLE;
        f->reason = "traffic goes on, as it does with extended sequence numbers";
    }
    f->summary = es_say(d, "the 32-bit number of %s went over its end and began at 0 again%s%s",
                        es_say_flow(d, flow), then, es_say_more(d, &flows));
    es_finding_span(f, &flow->irregular->wrapped, &flow->last, flows.sum);
    es_finding_evidence(d, f, &flow->irregular->wrapped, "first packet behind number 4294967295");
    es_finding_evidence(d, f, &flow->last, "last packet");
}

static const struct es_rule rule_seq_wrap = {
    .id = "esp-seq-wrap",
    .severity = ES_SEVERITY_ERROR,
    .title = "sequence numbers went over their end",
    .explanation = "Without extended sequence numbers the counter must not cycle while replay "
                   "protection is on; the receiver drops what comes after.",
    .causes = ES_SENTENCES("no rekey came in time", "the peers differ in extended sequence numbers",
                           "manual keys"),
    .checks = ES_SENTENCES("extended sequence numbers (ESN) on both peers: on or off alike?",
                           "the receiver's counter of replay drops", "rekey now"),
    .reference = "RFC 4303, 3.3.3",
    .on_tunnel = seq_wrap,
};

static uint64_t first_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    (void)d;
    const struct es_child_event *created = &flow->child->created;
    const uint64_t first = es_sequence_disorder(&flow->sequence)->resets ? 0 : flow->sequence.base;
    return es_ref_seen(&created->ref) && flow->first.time >= created->ref.time && first > 1 ? first
                                                                                            : 0;
}

static void first_not_1(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, first_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, first_of, false);
    if (!f)
        return;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->reason = "the capture holds the SA's negotiation, so its first packets should be there";
    f->summary = es_say(d, "the first packet of %s has number %" PRIu64 ", not 1%s",
                        es_say_flow(d, flows.worst), flows.most, es_say_more(d, &flows));
    f->count = flows.count;
    es_finding_evidence(d, f, &flows.worst->first, "number %" PRIu64, flows.worst->sequence.first);
}

static const struct es_rule rule_first_not_1 = {
    .id = "esp-first-seq-not-1",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "an SA's first packets are missing",
    .explanation = "A counter starts at 0 and the first packet has number 1; here the capture saw "
                   "the SA begin, but not its first packets.",
    .causes = ES_SENTENCES("the first packets were lost", "a cluster sets counters forward",
                           "the capture missed them"),
    .checks = ES_SENTENCES("compare with a capture at the sender"),
    .reference = "RFC 4303, 3.3.3",
    .on_tunnel = first_not_1,
};

/* --- IVs --- */

/*
 * Packets that begin with the bytes of the one before, where others do not: first bytes that never
 * differ are no IV, and those of clear text may well be the same.
 */
static uint64_t same_ivs_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    (void)d;
    enum { PAIRS = 8, RARE = 4 };
    const struct es_esp_shape *shape = &flow->shape;
    const struct es_esp_plausible plausible = es_esp_judge(shape);
    if (!flow->irregular || plausible.cipher == ES_ESP_CIPHER_NULL ||
        plausible.cipher == ES_ESP_CIPHER_UNKNOWN || shape->iv_pairs < PAIRS ||
        shape->iv_same * RARE > shape->iv_pairs)
        return 0;
    return flow->irregular->same_ivs.count;
}

static void iv_reuse(const struct es_rule *rule, struct es_diagnosis *d,
                     const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, same_ivs_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, same_ivs_of, false);
    if (!f)
        return;
    const struct es_tally *same = &flows.worst->irregular->same_ivs;
    const struct es_esp_plausible plausible = es_esp_judge(&flows.worst->shape);
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "the first eight bytes behind the header are an IV in all suites that behave like "
                "this one";
    f->summary =
        es_say(d,
               "%s of %s, of those looked at, had the IV of the packet before; by "
               "lengths and IVs this is %s%s",
               es_say_count(d, flows.most, "packet", "packets"), es_say_flow(d, flows.worst),
               es_esp_plausible_name(&plausible), es_say_more(d, &flows));
    es_finding_span(f, &same->first, &same->last, flows.sum);
    es_finding_evidence(d, f, &same->first, "the IV of the packet with the number before");
    es_finding_evidence(d, f, &same->last, "the last such packet");
}

static const struct es_rule rule_iv_reuse = {
    .id = "esp-iv-reuse",
    .severity = ES_SEVERITY_ERROR,
    .title = "an IV is used twice",
    .explanation = "Two packets of an SA have the same initialisation vector. With AES-GCM and "
                   "other counter modes that reveals what they hold and allows forgeries; with CBC "
                   "it reveals equal beginnings.",
    .causes = ES_SENTENCES("a defective encryption driver or accelerator",
                           "two cluster members encrypt on the same SA"),
    .checks = ES_SENTENCES("the sender's firmware and known faults of its crypto accelerator",
                           "switch hardware encryption off and compare",
                           "rekey, and take the traffic since then for disclosed"),
    .reference = "RFC 4106, 3.1; RFC 5116, 3.2",
    .on_tunnel = iv_reuse,
};

static const struct es_rule *const rules[] = {
    &rule_replay_duplicate, &rule_seq_reuse, &rule_iv_reuse, &rule_seq_reset,
    &rule_seq_jump,         &rule_near_wrap, &rule_seq_wrap, &rule_first_not_1,
};

const struct es_chapter es_chapter_counter = {rules, ES_COUNT(rules)};
