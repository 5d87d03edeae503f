/*
 * One SPI in one direction. es_tracker_esp() is the hot path: a look at the flows of the last
 * packets, else one hash lookup, then counters.
 */
#include "memory.h"

#include <string.h>

/* A key's address is compared first by its end, where addresses of one network differ. */
static inline bool same_key(const struct es_flow *flow, const struct es_datagram *datagram,
                            uint32_t spi, uint32_t protocol)
{
    return flow && flow->key.spi == spi && flow->key.protocol == protocol &&
           memcmp(&flow->key.destination, &datagram->destination, sizeof(struct es_address)) == 0;
}

static uint32_t protocol_of(const struct es_datagram *datagram)
{
    return datagram->kind == ES_DATAGRAM_AH ? 51 : 50;
}

static bool enter(struct es_tracker *tracker, struct es_flow *flow)
{
    struct es_table *flows = &tracker->flows;
    return es_keep_add(tracker, flows, es_table_hash(flows, &flow->key), flow);
}

/*
 * The same SPI sent by the same peer to another address: the receiver moved (NAT rebinding,
 * MOBIKE) and the Child SA lives on. RFC 4555, 3.5; RFC 7296, 2.23.
 */
static struct es_flow *find_moved(struct es_tracker *tracker, struct es_tunnel *tunnel,
                                  uint8_t side, const struct es_datagram *datagram, uint32_t spi)
{
    if (tunnel->peers[1 - side].address_changes == 0)
        return NULL;
    int looked_at = 0;
    for (struct es_child_sa *c = tunnel->children; c && looked_at < ES_CHILDREN_LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        struct es_flow *flow = c->flows[side];
        if (!flow || flow->key.spi != spi || flow->key.protocol != protocol_of(datagram))
            continue;
        es_table_remove(&tracker->flows, &flow->key);
        flow->key.destination = datagram->destination;
        return enter(tracker, flow) ? flow : NULL;
    }
    return NULL;
}

static void note_encapsulation(struct es_tunnel *tunnel, enum es_encapsulation encapsulation)
{
    tunnel->esp_raw |= encapsulation == ES_ENCAPSULATION_RAW;
    tunnel->esp_udp |= encapsulation == ES_ENCAPSULATION_UDP;
    tunnel->esp_tcp |= encapsulation == ES_ENCAPSULATION_TCP;
}

static void append(struct es_tracker *tracker, struct es_flow *flow)
{
    struct es_model *model = &tracker->model;
    *(tracker->last_flow ? &tracker->last_flow->next : &model->flows) = flow;
    flow->previous = tracker->last_flow;
    tracker->last_flow = flow;
    struct es_tunnel *tunnel = flow->tunnel;
    *(tunnel->last_flow ? &tunnel->last_flow->next_in_tunnel : &tunnel->flows) = flow;
    tunnel->last_flow = flow;
    if (es_tunnel_is_half_open(tunnel))
        es_tunnel_judge(tracker, tunnel);
    flow->number = ++model->flow_count + model->forgotten.flows;
    if (tracker->flows.count >= tracker->flows.limit)
        tracker->work = true;
}

static void tell(const struct es_tracker *tracker, enum es_event_kind kind,
                 const struct es_flow *flow, const struct es_packet_ref *ref, es_time pause)
{
    const struct es_event event = {.kind = kind,
                                   .ref = *ref,
                                   .tunnel = flow->tunnel,
                                   .ike_sa = flow->child->ike_sa,
                                   .child = flow->child,
                                   .flow = flow,
                                   .side = flow->side,
                                   .pause = pause};
    es_event_send(tracker, &event);
}

static struct es_flow *flow_new(struct es_tracker *tracker, const struct es_datagram *datagram,
                                const struct es_esp_packet *packet)
{
    uint8_t side;
    struct es_tunnel *tunnel = es_tunnel_of(tracker, datagram, &side);
    if (!tunnel)
        return NULL;
    struct es_flow *flow = find_moved(tracker, tunnel, side, datagram, packet->spi);
    if (flow)
        return flow;
    if (tracker->flows.count >= tracker->flows.limit)
        return NULL;
    struct es_child_sa *child = es_child_for(tracker, tunnel, side, packet, &datagram->ref);
    flow = child ? es_keep(tracker, &child->owned, sizeof(*flow)) : NULL;
    if (!flow)
        return NULL;
    flow->child = child;
    flow->key = (struct es_flow_key){datagram->destination, packet->spi, protocol_of(datagram)};
    flow->tunnel = tunnel;
    flow->side = side;
    flow->source = datagram->source;
    flow->source_port = datagram->source_port;
    flow->destination_port = datagram->destination_port;
    flow->encapsulation = datagram->encapsulation;
    if (!enter(tracker, flow))
        return NULL;
    child->flows[side] = flow;
    flow->first = flow->last = datagram->ref;
    flow->hop_limit = datagram->hop_limit;
    es_sequence_start(&flow->sequence, packet->sequence);
    es_mapping_see(tracker, tunnel, side, datagram);
    es_silence_see(tunnel, side, &datagram->ref, false);
    append(tracker, flow);
    note_encapsulation(tunnel, datagram->encapsulation);
    tell(tracker, ES_EVENT_FLOW_STARTED, flow, &datagram->ref, 0);
    return flow;
}

/* Keeps the runs of both directions: see struct es_run. */
static inline void add_to_runs(struct es_child_sa *child, uint8_t side,
                               const struct es_packet_ref *ref)
{
    struct es_run *back = &child->runs[1 - side];
    if (back->packets) {
        if (back->packets > back->longest_packets)
            back->longest_packets = back->packets;
        if (back->last.time - back->first.time > back->longest_span)
            back->longest_span = back->last.time - back->first.time;
        back->packets = 0;
    }
    struct es_run *run = &child->runs[side];
    if (run->packets++ == 0)
        run->first = *ref;
    run->last = *ref;
}

static void source_changed(struct es_tracker *tracker, struct es_flow *flow,
                           const struct es_datagram *datagram)
{
    flow->source = datagram->source;
    flow->source_port = datagram->source_port;
    es_tunnel_move(tracker, flow->tunnel, datagram, flow->side);
    if (!flow->tunnel->moved)
        es_mapping_see(tracker, flow->tunnel, flow->side, datagram);
}

/* What is rare, before the packet is counted. */
static void see_rare(struct es_tracker *tracker, struct es_flow *flow,
                     const struct es_datagram *datagram)
{
    const es_time pause = datagram->ref.time - flow->last.time;
    if (flow->packets < ES_CHECKSUMS_PER_FLOW)
        es_checksum_see(&flow->tunnel->peers[flow->side], datagram);
    if (pause <= ES_FLOW_PAUSE_S * ES_SECOND)
        return;
    es_silence_see(flow->tunnel, flow->side, &datagram->ref, false);
    tell(tracker, ES_EVENT_FLOW_RESUMED, flow, &datagram->ref, pause);
}

/* Some packets are looked at more closely: the first ones, and now and then two together. */
static void look(struct es_tracker *tracker, struct es_flow *flow,
                 const struct es_datagram *datagram, const struct es_esp_packet *packet)
{
    const uint32_t from_first = packet->sequence - (uint32_t)flow->sequence.first;
    if (from_first < ES_FIRST_PRINTS && es_sequence_disorder(&flow->sequence)->resets == 0)
        flow->prints.first[from_first] = es_print_of(datagram);
    if (datagram->kind == ES_DATAGRAM_ESP && !datagram->first_fragment_only &&
        es_esp_shape_add(&flow->shape, packet, datagram->payload))
        es_irregular_iv(tracker, flow, &datagram->ref);
}

/* What is done for a packet that did not come before. */
static inline void count_new(struct es_tracker *tracker, struct es_flow *flow,
                             const struct es_datagram *datagram, const struct es_esp_packet *packet)
{
    const unsigned at = packet->sequence % ES_PRINTS;
    flow->prints.recent[at] = es_print_of(datagram);
    flow->prints.when[at] = es_print_when(datagram->ref.time);
    if (ES_UNLIKELY(flow->packets < ES_SHAPE_FIRST || packet->sequence % ES_SHAPE_EVERY < 2))
        look(tracker, flow, datagram, packet);
    if (ES_UNLIKELY(flow->hop_limit != datagram->hop_limit)) {
        es_irregular_hops(tracker, flow, datagram);
        flow->hop_limit = datagram->hop_limit;
    }
    if (packet->length < ES_LARGE_BYTES)
        return;
    const es_time pause = datagram->ref.time - flow->last_large;
    if (ES_UNLIKELY(pause > ES_BACKOFF_PAUSE_MS * ES_MILLISECOND)) {
        if (flow->last_large)
            es_irregular_backoff(tracker, flow, datagram, packet->length, pause);
    } else if (ES_UNLIKELY(flow->irregular != NULL)) {
        flow->irregular->backoff.run = 0;
    }
    flow->last_large = datagram->ref.time;
    flow->large++;
}

/* A packet more than the flow's timeline has room for. */
static void widen_timeline(struct es_tracker *tracker, struct es_flow *flow, es_time time)
{
    uint32_t *wide = es_keep(tracker, &flow->child->owned, ES_TIMELINE_BUCKETS * sizeof(*wide));
    if (!wide)
        return;
    es_timeline_widen(&flow->timeline, wide);
    es_timeline_add(&flow->timeline, time);
}

static inline void count(struct es_tracker *tracker, struct es_flow *flow,
                         const struct es_datagram *datagram, const struct es_esp_packet *packet)
{
    const struct es_packet_ref *ref = &datagram->ref;
    if (ES_UNLIKELY(flow->source_port != datagram->source_port ||
                    !es_address_equal(&flow->source, &datagram->source)))
        source_changed(tracker, flow, datagram);
    if (ES_UNLIKELY(flow->tunnel->moved))
        es_mapping_see(tracker, flow->tunnel, flow->side, datagram);
    if (ES_UNLIKELY(flow->packets < ES_CHECKSUMS_PER_FLOW ||
                    ref->time - flow->last.time > ES_FLOW_PAUSE_S * ES_SECOND))
        see_rare(tracker, flow, datagram);
    if (ES_UNLIKELY(flow->encapsulation != datagram->encapsulation)) {
        flow->encapsulation = datagram->encapsulation;
        es_irregular_wrapping(tracker, flow, ref);
        note_encapsulation(flow->tunnel, datagram->encapsulation);
    }
    if (ES_UNLIKELY(datagram->first_fragment_only || datagram->reassembled))
        es_irregular_fragments(tracker, flow, datagram);
    if (ES_UNLIKELY(packet->length % 4 != 0) && datagram->kind == ES_DATAGRAM_ESP)
        es_irregular_length(tracker, flow, datagram, packet->length);
    if (datagram->ip_length > flow->longest)
        flow->longest = datagram->ip_length;
    flow->destination_port = datagram->destination_port;
    flow->packets++;
    flow->bytes += packet->length;
    flow->equal_lengths += packet->length == flow->last_length;
    flow->last_length = packet->length;
    const es_time pause = ref->time - flow->last.time;
    if (ES_UNLIKELY(pause > flow->longest_pause))
        flow->longest_pause = pause;
    flow->last = *ref;
    if (ES_UNLIKELY(!es_timeline_add(&flow->timeline, ref->time)))
        widen_timeline(tracker, flow, ref->time);

    struct es_child_sa *child = flow->child;
    add_to_runs(child, flow->side, ref);
    if (pause >= ES_TRAFFIC_GAP_MS * ES_MILLISECOND)
        es_monitor_see(child, flow->side, packet->length, ref);
    if (ES_UNLIKELY(es_ref_seen(&child->deleted.ref)) &&
        !es_within(&child->deleted.ref, ref, ES_DELETE_GRACE_MS))
        es_irregular_stale(tracker, flow, ref);

    es_unheard_see(tracker, flow->tunnel, flow->side, ref, false);
    es_tally_add(&flow->tunnel->peers[flow->side].esp, ref);
    flow->tunnel->peers[flow->side].esp_bytes += packet->length;
    flow->tunnel->last = *ref;
}

/* A packet of a flow that there is. */
static inline void add(struct es_tracker *tracker, struct es_flow *flow,
                       const struct es_datagram *datagram, const struct es_esp_packet *packet)
{
    const uint64_t highest = flow->sequence.highest;
    if (ES_UNLIKELY(!es_sequence_is_ahead(&flow->sequence, packet->sequence)))
        es_irregular_behind(tracker, flow);
    const enum es_arrival arrival = es_sequence_add(&flow->sequence, packet->sequence);
    /* Number 0 is behind 2^32 - 1: the counter's upper half changed. */
    if (ES_UNLIKELY(arrival != ES_ARRIVAL_NEXT || packet->sequence == 0))
        es_irregular_arrival(tracker, flow, datagram, packet, arrival, highest);
    if (ES_LIKELY(arrival != ES_ARRIVAL_TWICE))
        count_new(tracker, flow, datagram, packet);
    count(tracker, flow, datagram, packet);
}

void es_tracker_esp(struct es_tracker *tracker, const struct es_datagram *datagram,
                    const struct es_esp_packet *packet)
{
    /* Part of a packet that was counted when its first fragment came. */
    if (ES_UNLIKELY(datagram->duplicate_fragment)) {
        struct es_flow *whole = es_flow_find(tracker, datagram, packet->spi);
        if (whole)
            es_irregular_fragments(tracker, whole, datagram);
        return;
    }
    const uint32_t protocol = protocol_of(datagram);
    struct es_flow *flow = tracker->recent[0];
    if (!same_key(flow, datagram, packet->spi, protocol)) {
        flow = tracker->recent[1];
        if (!same_key(flow, datagram, packet->spi, protocol)) {
            const struct es_flow_key key = {datagram->destination, packet->spi, protocol};
            flow = es_expected_flow(tracker, &key);
        }
        tracker->recent[1] = tracker->recent[0];
        tracker->recent[0] = flow;
    }
    if (ES_LIKELY(flow != NULL)) {
        add(tracker, flow, datagram, packet);
        return;
    }
    flow = flow_new(tracker, datagram, packet);
    if (!flow) {
        tracker->model.dropped++;
    } else if (flow->packets) { /* one that moved */
        add(tracker, flow, datagram, packet);
    } else {
        count_new(tracker, flow, datagram, packet);
        count(tracker, flow, datagram, packet);
    }
}

struct es_flow *es_flow_find(const struct es_tracker *tracker, const struct es_datagram *datagram,
                             uint32_t spi)
{
    const struct es_flow_key key = {datagram->destination, spi, protocol_of(datagram)};
    return es_table_find(&tracker->flows, &key);
}
