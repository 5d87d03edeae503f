/*
 * Chapter: sequence numbers of ESP and AH. What was lost or late on the way to the capture point.
 */
#include "catalogue.h"
#include "flows.h"

#include <inttypes.h>

/* More or fewer of the packets of a flow were seen twice by the capture itself. */
static bool is_copied(const struct es_diagnosis *d, const struct es_flow *flow, uint64_t packets)
{
    const struct es_irregular *irregular = flow->irregular;
    return irregular &&
           irregular->copies.count * 100 >= packets * es_limit(d, ES_LIMIT_COPY_PERCENT);
}

/* Numbers that are missing in the window's reach may still come, where packets come late at all. */
static uint64_t still_open(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const struct es_sequence *s = &flow->sequence;
    if (es_sequence_disorder(s)->reordered == 0 ||
        d->now - flow->last.time > es_limit_ns(d, ES_LIMIT_SETTLE))
        return 0;
    uint64_t missing = 0;
    uint64_t number = s->highest >= ES_SEQUENCE_WINDOW ? s->highest - ES_SEQUENCE_WINDOW + 1 : 0;
    for (number = number < s->base ? s->base : number; number < s->highest; number++) {
        const uint64_t bit = number % ES_SEQUENCE_WINDOW;
        missing += !(s->window[bit / 64] >> (bit % 64) & 1);
    }
    return missing;
}

static uint64_t lost_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const uint64_t lost = es_sequence_lost(&flow->sequence);
    const uint64_t open = still_open(d, flow);
    if (lost < open || lost - open < es_limit(d, ES_LIMIT_LOSS_PACKETS) ||
        es_counter_is_shared(d, flow))
        return 0;
    return lost - open;
}

static uint64_t sent_of(const struct es_flow *flow)
{
    return flow->packets - es_sequence_disorder(&flow->sequence)->duplicates +
           es_sequence_lost(&flow->sequence);
}

static const char *say_gaps(struct es_diagnosis *d, const struct es_flow *flow, uint64_t lost)
{
    const struct es_irregular *irregular = flow->irregular;
    if (!irregular || irregular->gaps.count == 0)
        return "";
    const uint64_t gaps = irregular->gaps.count;
    return es_say(d, ", in %s, %s", es_say_count(d, gaps, "gap", "gaps"),
                  irregular->longest_gap * 2 > lost && lost > 2 * gaps
                      ? es_say(d, "most of them in one of %" PRIu64, irregular->longest_gap)
                  : lost > 3 * gaps ? "in bursts"
                                    : "one here and one there");
}

static bool loses(const struct es_diagnosis *d, const struct es_flow *flow)
{
    return es_percent(lost_of(d, flow), sent_of(flow)) >= es_limit(d, ES_LIMIT_LOSS_PERCENT);
}

static bool both_lose(const struct es_diagnosis *d, const struct es_tunnel *tunnel)
{
    bool side[2] = {false, false};
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel)
        side[flow->side] = side[flow->side] || loses(d, flow);
    return side[0] && side[1];
}

/* The numbers say that packets are missing here; where they went depends on where here is. */
static void judge_loss(struct es_diagnosis *d, struct es_finding *f, const struct es_flow *flow)
{
    unsigned hops;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->reason = "the sender numbers its packets one by one, and these numbers never came past the "
                "capture point";
    if (!loses(d, flow))
        f->severity = ES_SEVERITY_NOTE;
    if (es_hops(flow, &hops) && hops == 0) {
        f->severity = ES_SEVERITY_NOTE;
        es_finding_cap(d, f, ES_CONFIDENCE_POSSIBLE,
                       "by its TTL the sender is on this very link: they were dropped in its own "
                       "queue, or by the capture");
    } else if (both_lose(d, flow->tunnel)) {
        es_finding_cap(d, f, ES_CONFIDENCE_POSSIBLE,
                       "both directions lose, as they do where the capture itself drops packets");
    }
}

static void loss(const struct es_rule *rule, struct es_diagnosis *d, const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, lost_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, lost_of, false);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    const uint64_t sent = sent_of(flow);
    unsigned hops;
    judge_loss(d, f, flow);
    f->summary = es_say(d,
                        "%" PRIu64 " of %" PRIu64 " packets (%.1f %%) of %s did not come to the "
                        "capture point%s%s%s",
                        flows.most, sent, (double)flows.most * 100 / (double)sent,
                        es_say_flow(d, flow), say_gaps(d, flow, flows.most),
                        es_hops(flow, &hops) ? es_say(d, "; by its TTL the sender is %s away",
                                                      es_say_count(d, hops, "router", "routers"))
                                             : "",
                        es_say_more(d, &flows));
    if (flow->irregular) {
        es_finding_span(f, &flow->irregular->gaps.first, &flow->irregular->gaps.last, flows.sum);
        es_finding_evidence(d, f, &flow->irregular->gaps.first, "first packet behind a gap");
        es_finding_evidence(d, f, &flow->irregular->longest_gap_ref,
                            "behind the longest gap, of %" PRIu64 " numbers",
                            flow->irregular->longest_gap);
    }
    es_finding_evidence(d, f, &flow->last, "last packet, number %" PRIu64, flow->sequence.highest);
}

static const struct es_rule rule_loss = {
    .id = "esp-loss",
    .severity = ES_SEVERITY_WARNING,
    .title = "ESP packets are lost on the way",
    .explanation =
        "Sequence numbers that the sender used never came past the capture point, late ones "
        "included. What is lost behind the capture point cannot be seen here.",
    .causes = ES_SENTENCES("a congested or faulty link between the sender and the capture point",
                           "a rate limit or policer for ESP or UDP 4500 on the way",
                           "a queue of the sending gateway that overflows behind its encryption",
                           "the capture itself dropped packets"),
    .checks = ES_SENTENCES("capture at the sender too and compare: are the numbers missing there?",
                           "\"packets dropped by kernel\" of the capturing program",
                           "interface and queue drops on the way, from the sender on"),
    .reference = "RFC 4303, 2.2",
    .missing = ES_MISSING_ESP,
    .roots = ES_SENTENCES("esp-fragment-lost", "pmtu-blackhole"),
    .on_tunnel = loss,
};

static uint64_t dropped_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const uint64_t dropped = es_sequence_dropped_by(&flow->sequence, 32);
    return dropped >= es_limit(d, ES_LIMIT_WINDOW_PACKETS) && !es_counter_is_shared(d, flow) &&
                   !is_copied(d, flow, flow->irregular ? flow->irregular->late.count : 0)
               ? dropped
               : 0;
}

static uint64_t reordered_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const uint64_t late = es_sequence_disorder(&flow->sequence)->reordered;
    return late >= es_limit(d, ES_LIMIT_REORDER_PACKETS) && dropped_of(d, flow) == 0 &&
                   !es_counter_is_shared(d, flow) &&
                   !is_copied(d, flow, flow->irregular ? flow->irregular->late.count : 0)
               ? late
               : 0;
}

static void add_late_evidence(struct es_diagnosis *d, struct es_finding *f,
                              const struct es_flow *flow)
{
    const struct es_irregular *irregular = flow->irregular;
    if (!irregular)
        return;
    es_finding_span(f, &irregular->late.first, &irregular->late.last, f->count);
    es_finding_evidence(d, f, &irregular->late.first, "first packet behind a higher number");
    es_finding_evidence(d, f, &irregular->worst_late, "the latest one, %" PRIu32 " behind",
                        es_sequence_disorder(&flow->sequence)->latest);
}

static void reorder(const struct es_rule *rule, struct es_diagnosis *d,
                    const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, reordered_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, reordered_of, false);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    const uint64_t percent = es_percent(flows.most, flow->packets);
    if (percent < es_limit(d, ES_LIMIT_REORDER_PERCENT) ||
        es_sequence_disorder(&flow->sequence)->latest < es_limit(d, ES_LIMIT_REORDER_DISTANCE))
        f->severity = ES_SEVERITY_NOTE;
    f->summary = es_say(d,
                        "%" PRIu64 " of %" PRIu64 " packets (%.1f %%) of %s came after a higher "
                        "number, up to %" PRIu32 " behind%s",
                        flows.most, flow->packets, (double)flows.most * 100 / (double)flow->packets,
                        es_say_flow(d, flow), es_sequence_disorder(&flow->sequence)->latest,
                        es_say_more(d, &flows));
    add_late_evidence(d, f, flow);
}

static const struct es_rule rule_reorder = {
    .id = "esp-reorder",
    .severity = ES_SEVERITY_WARNING,
    .title = "ESP packets overtake each other",
    .explanation = "Packets come behind ones with higher sequence numbers. Usual replay windows "
                   "bear that, TCP inside the tunnel takes some of them for lost.",
    .causes = ES_SENTENCES("load balancing packet by packet over several paths",
                           "QoS that treats packets of one SA differently (RFC 4301, 4.1)",
                           "parallel encryption on the sending gateway",
                           "a path that changes back and forth"),
    .checks = ES_SENTENCES("balance by flow (SPI or addresses), not by packet",
                           "one SA for each QoS class"),
    .reference = "RFC 4303, 3.4.3; RFC 4737",
    .on_tunnel = reorder,
};

static void out_of_window(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, dropped_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, dropped_of, true);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    const struct es_sequence *s = &flow->sequence;
    uint32_t wanted = 64;
    while (wanted <= es_sequence_disorder(s)->latest && wanted < UINT32_C(1) << 31)
        wanted *= 2;
    const uint64_t by_64 = es_sequence_dropped_by(s, 64);
    if (es_percent(by_64, flow->packets) < es_limit(d, ES_LIMIT_WINDOW_PERCENT))
        f->severity = ES_SEVERITY_WARNING;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "how far they are behind is certain; the size of the receiver's window is not in "
                "the capture";
    f->summary = es_say(d,
                        "packets of %s come up to %" PRIu32 " numbers late: of %" PRIu64
                        " a replay window of 32 drops %" PRIu64 ", of 64 %" PRIu64
                        ", of 128 %" PRIu64 ", of 1024 %" PRIu64 "%s",
                        es_say_flow(d, flow), es_sequence_disorder(s)->latest, flow->packets,
                        flows.most, by_64, es_sequence_dropped_by(s, 128),
                        es_sequence_dropped_by(s, 1024), es_say_more(d, &flows));
    es_finding_check(d, f,
                     "at %s: set the replay window to %" PRIu32 " or more, and look at its "
                     "counter of replay drops (Linux: XfrmInStateSeqError)",
                     es_who(d, tunnel, 1 - flow->side), wanted);
    add_late_evidence(d, f, flow);
}

static const struct es_rule rule_out_of_window = {
    .id = "esp-out-of-window",
    .severity = ES_SEVERITY_ERROR,
    .title = "packets come too late for a replay window",
    .explanation =
        "A receiver drops what is further behind the highest number than its window reaches. The "
        "usual sizes were tried on the numbers as they came past the capture point; reordering "
        "behind it comes on top.",
    .causes = ES_SENTENCES("QoS that delays some packets of the SA behind others",
                           "load balancing over paths of different delay",
                           "retransmission or bonding on a link (radio, DSL) that holds packets "
                           "back"),
    .checks = ES_SENTENCES("one SA for each QoS class, or no QoS behind the encryption",
                           "balance by flow, not by packet"),
    .reference = "RFC 4303, 3.4.3",
    .on_tunnel = out_of_window,
};

static const struct es_rule *const rules[] = {&rule_loss, &rule_reorder, &rule_out_of_window};

const struct es_chapter es_chapter_sequence = {rules, ES_COUNT(rules)};
