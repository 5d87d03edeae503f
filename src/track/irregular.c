/*
 * What is out of the ordinary in a flow: gaps and late packets, numbers that come twice, counters
 * that begin again, fragments, changes of the path. The record of it is made when the first such
 * thing happens, and nothing here runs for a packet that is like the one before it.
 */
#include "memory.h"

enum {
    COPY_NS = 1000000,   /* the same packet again within this: no network is that quick, unless
                            all of its copies are: see the rule */
    PAUSE_MS = 1000,     /* nothing at all was captured for this long, */
    PAUSE_NUMBERS = 64,  /* and then more than a packet or two are missing: the capture paused */
    SKIP_NUMBERS = 1024, /* a counter that is set forward goes at least this far (RFC 6311) */
    SKIP_FACTOR = 16,    /* and this many times as far as the flow's own rate explains */
    SKIP_PACKETS = 16,   /* fewer have no rate */
    PAUSE_RATIO_LEAST_10 =
        15,                   /* a pause that doubled, give or take the clock of the sender: from */
    PAUSE_RATIO_MOST_10 = 30, /* 1.5 to 3 times the one before */
    PAUSE_MOST_S = 3600,      /* nobody waits for longer before trying again (TCP: 2 minutes) */
};

static struct es_irregular *irregular_of(struct es_tracker *tracker, struct es_flow *flow)
{
    if (!flow->irregular)
        flow->irregular = es_keep(tracker, &flow->child->owned, sizeof(*flow->irregular));
    return flow->irregular;
}

const struct es_irregular *es_flow_odd(const struct es_flow *flow)
{
    static const struct es_irregular none;
    return flow->irregular ? flow->irregular : &none;
}

/* --- sequence numbers --- */

/* A number that is not above all others is about to be counted. */
void es_irregular_behind(struct es_tracker *tracker, struct es_flow *flow)
{
    struct es_irregular *irregular = irregular_of(tracker, flow);
    if (irregular)
        flow->sequence.disorder = &irregular->disorder;
}

/* The counter itself was set forward: no loss, at the rate of this flow, makes such a gap. */
static bool is_skip(const struct es_flow *flow, const struct es_packet_ref *ref, uint64_t gap)
{
    if (gap < SKIP_NUMBERS)
        return false;
    if (flow->packets < SKIP_PACKETS)
        return true;
    const double span = (double)(flow->last.time - flow->first.time);
    const double pause = (double)(ref->time - flow->last.time);
    return (double)gap * span > SKIP_FACTOR * pause * (double)flow->packets;
}

static void add_gap(const struct es_tracker *tracker, struct es_flow *flow,
                    struct es_irregular *irregular, const struct es_packet_ref *ref, uint64_t gap)
{
    const bool other_file = flow->last.file != ref->file;
    const bool paused = gap >= PAUSE_NUMBERS &&
                        (other_file || ref->time - tracker->before >= PAUSE_MS * ES_MILLISECOND);
    const bool skipped = !paused && is_skip(flow, ref, gap);
    if (paused || skipped) {
        flow->sequence.skipped += gap;
        es_tally_add(&irregular->skips, ref);
        if (skipped && gap > irregular->longest_skip) {
            irregular->longest_skip = gap;
            irregular->longest_skip_ref = *ref;
        }
        return;
    }
    es_tally_add(&irregular->gaps, ref);
    if (gap > irregular->longest_gap) {
        irregular->longest_gap = gap;
        irregular->longest_gap_ref = *ref;
    }
}

/* The fingerprint of the packet that had this number before; 0: not kept. */
static uint32_t print_before(const struct es_flow *flow, uint32_t low, uint32_t *when)
{
    const struct es_prints *prints = &flow->prints;
    const uint32_t behind = (uint32_t)flow->sequence.highest - low;
    const uint32_t from_first = low - (uint32_t)flow->sequence.first;
    *when = 0;
    if (behind < ES_PRINTS) {
        *when = prints->when[low % ES_PRINTS];
        return prints->recent[low % ES_PRINTS];
    }
    return from_first < ES_FIRST_PRINTS ? prints->first[from_first] : 0;
}

/* Numbers of other packets come again, one after the other and none of the old counter between: it
 * began again before it had left the window. */
static void add_reused(struct es_flow *flow, struct es_irregular *irregular, uint32_t low,
                       const struct es_packet_ref *ref)
{
    es_tally_add(&irregular->reused, ref);
    const bool goes_on =
        low == irregular->reused_last + 1 && irregular->reused_highest == flow->sequence.highest;
    irregular->reused_run = goes_on ? irregular->reused_run + 1 : 1;
    irregular->reused_last = low;
    irregular->reused_highest = flow->sequence.highest;
    if (irregular->reused_run < ES_FIRST_PRINTS)
        return;
    irregular->reused_run = 0;
    irregular->reset_from = flow->sequence.highest;
    es_sequence_restarted(&flow->sequence, low);
    es_tally_add(&irregular->resets, ref);
}

static void add_twice(struct es_flow *flow, struct es_irregular *irregular,
                      const struct es_datagram *datagram, uint32_t low)
{
    const struct es_packet_ref *ref = &datagram->ref;
    const uint32_t print = es_print_of(datagram);
    uint32_t when;
    const uint32_t before = print_before(flow, low, &when);
    if (!before || !print)
        return;
    if (before != print) {
        add_reused(flow, irregular, low, ref);
        return;
    }
    const bool other_file = flow->last.file != ref->file;
    const bool at_once = when && es_print_when(ref->time) - when <= es_print_when(COPY_NS);
    es_tally_add(other_file || at_once ? &irregular->copies : &irregular->repeats, ref);
}

void es_irregular_arrival(struct es_tracker *tracker, struct es_flow *flow,
                          const struct es_datagram *datagram, const struct es_esp_packet *packet,
                          enum es_arrival arrival, uint64_t highest_before)
{
    struct es_irregular *irregular = irregular_of(tracker, flow);
    const struct es_sequence *s = &flow->sequence;
    const struct es_packet_ref *ref = &datagram->ref;
    if (!irregular)
        return;
    const uint32_t behind = (uint32_t)s->highest - packet->sequence;
    switch (arrival) {
    case ES_ARRIVAL_NEXT:
        break;
    case ES_ARRIVAL_GAP:
        add_gap(tracker, flow, irregular, ref, s->highest - highest_before - 1);
        break;
    case ES_ARRIVAL_LATE:
        /* Another capture's clock is behind: late is what came of that file only. */
        if (flow->last.file != ref->file)
            es_tally_add(&irregular->copies, ref);
        es_tally_add(&irregular->late, ref);
        if (behind == es_sequence_disorder(s)->latest)
            irregular->worst_late = *ref;
        break;
    case ES_ARRIVAL_TWICE:
        add_twice(flow, irregular, datagram, packet->sequence);
        break;
    case ES_ARRIVAL_RESET:
        es_tally_add(&irregular->resets, ref);
        irregular->reset_from = highest_before;
        break;
    }
    if (s->highest >> 32 > highest_before >> 32 && !es_ref_seen(&irregular->wrapped)) {
        irregular->wrapped = *ref;
        irregular->packets_wrapped = flow->packets;
    }
}

/* --- what the packets look like --- */

/* Later than the grace after the deletion of its Child SA. */
void es_irregular_stale(struct es_tracker *tracker, struct es_flow *flow,
                        const struct es_packet_ref *ref)
{
    struct es_irregular *irregular = irregular_of(tracker, flow);
    if (irregular && irregular->after_delete++ == 0)
        irregular->after_delete_first = *ref;
}

/* It was not deleted after all. */
void es_irregular_not_stale(struct es_flow *flow)
{
    if (flow->irregular)
        flow->irregular->after_delete = 0;
}

void es_irregular_wrapping(struct es_tracker *tracker, struct es_flow *flow,
                           const struct es_packet_ref *ref)
{
    struct es_irregular *irregular = irregular_of(tracker, flow);
    if (irregular)
        irregular->rewrapped = *ref;
}

const struct es_packet_ref *es_flow_wrapped(const struct es_flow *flow)
{
    const struct es_packet_ref *rewrapped = &es_flow_odd(flow)->rewrapped;
    return es_ref_seen(rewrapped) ? rewrapped : &flow->first;
}

void es_irregular_fragments(struct es_tracker *tracker, struct es_flow *flow,
                            const struct es_datagram *datagram)
{
    struct es_irregular *irregular = irregular_of(tracker, flow);
    if (!irregular)
        return;
    if (!datagram->duplicate_fragment)
        es_tally_add(&irregular->fragmented, &datagram->ref);
    if (datagram->first_fragment_only) {
        if (datagram->ip_length > irregular->fragment_bytes)
            irregular->fragment_bytes = datagram->ip_length;
        return;
    }
    es_tally_add(&irregular->completed, &datagram->ref);
    if (datagram->ip_length > irregular->whole_bytes)
        irregular->whole_bytes = datagram->ip_length;
}

void es_irregular_hops(struct es_tracker *tracker, struct es_flow *flow,
                       const struct es_datagram *datagram)
{
    struct es_irregular *irregular = irregular_of(tracker, flow);
    if (!irregular)
        return;
    if (irregular->hops.count == 0) {
        irregular->hops_from = flow->hop_limit;
        irregular->hops_to = datagram->hop_limit;
    }
    es_tally_add(&irregular->hops, &datagram->ref);
}

void es_irregular_length(struct es_tracker *tracker, struct es_flow *flow,
                         const struct es_datagram *datagram, uint32_t length)
{
    struct es_irregular *irregular = irregular_of(tracker, flow);
    if (!irregular || datagram->first_fragment_only)
        return;
    if (irregular->odd_lengths.count == 0)
        irregular->odd_length = length;
    es_tally_add(&irregular->odd_lengths, &datagram->ref);
}

void es_irregular_backoff(struct es_tracker *tracker, struct es_flow *flow,
                          const struct es_datagram *datagram, uint32_t length, es_time pause)
{
    struct es_irregular *irregular = irregular_of(tracker, flow);
    if (!irregular)
        return;
    if (pause > PAUSE_MOST_S * ES_SECOND)
        pause = PAUSE_MOST_S * ES_SECOND;
    struct es_backoff *b = &irregular->backoff;
    const bool doubled = b->run && length == b->length &&
                         pause * 10 >= b->pause * PAUSE_RATIO_LEAST_10 &&
                         pause * 10 <= b->pause * PAUSE_RATIO_MOST_10;
    if (!doubled)
        *b = (struct es_backoff){
            .length = length, .large_before = flow->large, .first = datagram->ref};
    b->run++;
    b->pause = pause;
    b->last = datagram->ref;
    b->dont_fragment = datagram->dont_fragment;
    if (b->run > irregular->worst_backoff.run)
        irregular->worst_backoff = *b;
}

void es_irregular_iv(struct es_tracker *tracker, struct es_flow *flow,
                     const struct es_packet_ref *ref)
{
    struct es_irregular *irregular = irregular_of(tracker, flow);
    if (irregular)
        es_tally_add(&irregular->same_ivs, ref);
}

bool es_tracker_not_opened(struct es_tracker *tracker, const struct es_datagram *datagram,
                           const struct es_esp_packet *packet)
{
    struct es_flow *flow = es_flow_find(tracker, datagram, packet->spi);
    struct es_irregular *irregular = flow ? irregular_of(tracker, flow) : NULL;
    if (irregular)
        es_tally_add(&irregular->failed, &datagram->ref);
    return flow && flow->inner && flow->inner->packets;
}
