/*
 * What opened ESP packets carried: whose addresses, and whether the Child SA's traffic selectors
 * allow them. A packet that they do not allow is dropped by its receiver. RFC 4301, 5.2.
 */
#include "memory.h"

#include <string.h>

enum {
    NEXT_IPV4 = 4,
    NEXT_IPV6 = 41,
    NEXT_NONE = 59,
    NEXT_AGGFRAG = 144,
    PROTOCOL_ICMP = 1,
    PROTOCOL_ICMPV6 = 58,
};

struct inner_packet {
    struct es_address source, destination;
    uint8_t protocol;
    struct es_cursor payload;
};

static bool read_ipv4(struct es_cursor *c, struct inner_packet *out)
{
    const uint8_t first = es_u8(c);
    const size_t header = (first & 15U) * 4U;
    es_skip(c, 8);
    out->protocol = es_u8(c);
    es_skip(c, 2);
    const uint8_t *source = es_take(c, 4);
    const uint8_t *destination = es_take(c, 4);
    if (!source || !destination || first >> 4 != 4 || header < 20)
        return false;
    es_skip(c, header - 20);
    out->source = es_address_v4(source);
    out->destination = es_address_v4(destination);
    return c->fault == ES_FAULT_NONE;
}

/* Extension headers are not walked: what stands behind them counts as no ping. */
static bool read_ipv6(struct es_cursor *c, struct inner_packet *out)
{
    const uint8_t first = es_u8(c);
    es_skip(c, 5);
    out->protocol = es_u8(c);
    es_skip(c, 1);
    const uint8_t *source = es_take(c, 16);
    const uint8_t *destination = es_take(c, 16);
    if (!source || !destination || first >> 4 != 6)
        return false;
    out->source = es_address_v6(source);
    out->destination = es_address_v6(destination);
    return true;
}

static bool read_inner(const struct es_esp_inner *inner, struct inner_packet *out)
{
    out->payload = inner->payload;
    if (inner->next_header == NEXT_IPV4)
        return read_ipv4(&out->payload, out);
    return inner->next_header == NEXT_IPV6 && read_ipv6(&out->payload, out);
}

static void count_ping(struct es_inner_tally *tally, const struct inner_packet *packet)
{
    struct es_cursor payload = packet->payload;
    const uint8_t type = es_u8(&payload);
    if (payload.fault != ES_FAULT_NONE)
        return;
    if (packet->protocol == PROTOCOL_ICMP) {
        tally->echo_requests += type == 8;
        tally->echo_replies += type == 0;
    } else if (packet->protocol == PROTOCOL_ICMPV6) {
        tally->echo_requests += type == 128;
        tally->echo_replies += type == 129;
    }
}

static bool is_between(const struct es_address *address, const struct es_ike_selector *s)
{
    return memcmp(address, &s->start, sizeof(*address)) >= 0 &&
           memcmp(address, &s->end, sizeof(*address)) <= 0;
}

/* Ports are left aside: a fragment has none, and most selectors allow all. */
static bool is_allowed(const struct es_selectors *selectors, const struct es_address *address,
                       uint8_t protocol)
{
    for (size_t i = 0; i < selectors->count; i++) {
        const struct es_ike_selector *s = &selectors->items[i];
        if (!s->is_range ||
            (is_between(address, s) && (s->protocol == 0 || s->protocol == protocol)))
            return true;
    }
    return selectors->count == 0;
}

static void check_selectors(struct es_flow *flow, const struct inner_packet *packet,
                            const struct es_packet_ref *ref)
{
    const struct es_child_sa *child = flow->child;
    if (is_allowed(&child->selectors[flow->side], &packet->source, packet->protocol) &&
        is_allowed(&child->selectors[1 - flow->side], &packet->destination, packet->protocol))
        return;
    if (flow->inner->outside++ == 0)
        flow->inner->outside_first = *ref;
}

void es_tracker_inner(struct es_tracker *tracker, const struct es_datagram *datagram,
                      const struct es_esp_packet *packet, const struct es_esp_inner *inner)
{
    struct es_flow *flow = es_flow_find(tracker, datagram, packet->spi);
    if (!flow)
        return;
    if (!flow->inner)
        flow->inner = es_keep(tracker, &flow->child->owned, sizeof(*flow->inner));
    struct es_inner_tally *tally = flow->inner;
    if (!tally)
        return;
    tally->packets++;
    tally->dummies += inner->next_header == NEXT_NONE;
    tally->aggregated |= inner->next_header == NEXT_AGGFRAG;
    if (inner->sequence_high > tally->sequence_high)
        tally->sequence_high = inner->sequence_high;
    struct inner_packet in;
    if (!read_inner(inner, &in))
        return;
    if (tally->protocol == 0) {
        tally->source = in.source;
        tally->destination = in.destination;
        tally->protocol = in.protocol;
    }
    count_ping(tally, &in);
    check_selectors(flow, &in, &datagram->ref);
}
