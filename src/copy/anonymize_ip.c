/*
 * IPv4 and IPv6 headers: addresses, and the options and extension headers that hold some.
 * RFC 791, RFC 8200.
 */
#include "anonymize_walk.h"

#include <string.h>

enum { V4 = 4, V6 = 16 };

/* Replaces up to `size` bytes of addresses; zero ones are places yet to be filled. */
static void replace_route(struct es_rewrite *walk, uint8_t *at, size_t size)
{
    for (; size >= V4; at += V4, size -= V4)
        es_rewrite_v4(walk, at);
    es_rewrite_zero(walk, at, at + size);
}

/* Timestamps, with addresses when the flag says so. RFC 791, 3.1. */
static void replace_timestamps(struct es_rewrite *walk, uint8_t *option, size_t size)
{
    enum { FIXED = 4, PAIR = 8 };
    if (size < FIXED || (option[3] & 15) == 0)
        return;
    size_t at = FIXED;
    for (; at + PAIR <= size; at += PAIR)
        es_rewrite_v4(walk, option + at);
    es_rewrite_zero(walk, option + at, option + size);
}

static void replace_options(struct es_rewrite *walk, uint8_t *at, size_t size)
{
    enum { END = 0, NOP = 1, RECORD_ROUTE = 7, TIMESTAMP = 68, LOOSE = 131, STRICT = 137 };
    enum { ROUTER_ALERT = 148, ROUTE_AT = 3 };
    while (size > 0) {
        if (*at == NOP) {
            at++, size--;
            continue;
        }
        const size_t length = size > 1 ? at[1] : 0;
        if (*at == END || length < 2 || length > size)
            break;
        switch (*at) {
        case RECORD_ROUTE:
        case LOOSE:
        case STRICT:
            if (length > ROUTE_AT)
                replace_route(walk, at + ROUTE_AT, length - ROUTE_AT);
            break;
        case TIMESTAMP:
            replace_timestamps(walk, at, length);
            break;
        case ROUTER_ALERT:
            break;
        default:
            memset(at, NOP, length);
            walk->counts->bytes_zeroed += length;
        }
        at += length, size -= length;
    }
    es_rewrite_zero(walk, at, at + size);
}

enum es_next es_rewrite_ipv4(struct es_rewrite *walk)
{
    enum { HEADER = 20, FLAGS_AT = 6, PROTOCOL_AT = 9, CHECKSUM_AT = 10, SOURCE_AT = 12 };
    enum { DESTINATION_AT = 16, MORE = 0x2000, OFFSET = 0x1fff, OFFSET_UNIT = 8 };
    const size_t wire = es_wire_left(&walk->c);
    const size_t held = es_left(&walk->c);
    if (held < HEADER)
        return ES_NEXT_NOTHING;
    const uint8_t *look = walk->c.at;
    const size_t header = (size_t)(look[0] & 15) * 4;
    if (look[0] >> 4 != 4 || header < HEADER || header > held)
        return ES_NEXT_NOTHING;
    uint8_t *h = es_rewrite_take(walk, header);
    const uint64_t before = es_rewrite_sum(h, header);
    const bool unfinished = h[CHECKSUM_AT] == 0 && h[CHECKSUM_AT + 1] == 0 && before % 0xffff != 0;

    walk->v6 = false;
    walk->protocol = h[PROTOCOL_AT];
    walk->source = es_address_v4(h + SOURCE_AT);
    walk->destination = es_address_v4(h + DESTINATION_AT);
    es_rewrite_v4(walk, h + SOURCE_AT);
    es_rewrite_v4(walk, h + DESTINATION_AT);
    walk->new_source = es_address_v4(h + SOURCE_AT);
    walk->new_destination = es_address_v4(h + DESTINATION_AT);
    replace_options(walk, h + HEADER, header - HEADER);
    if (!unfinished) /* the network card's work */
        es_rewrite_mend_now(h + CHECKSUM_AT, before, es_rewrite_sum(h, header));

    size_t total = (size_t)(h[2] << 8 | h[3]);
    total = total == 0 ? wire : total;
    if (total < header)
        return ES_NEXT_NOTHING;
    es_rewrite_narrow(walk, total - header);
    const uint16_t flags = (uint16_t)(h[FLAGS_AT] << 8 | h[FLAGS_AT + 1]);
    if (flags & (MORE | OFFSET))
        return es_rewrite_fragment(walk, (uint32_t)(h[4] << 8 | h[5]),
                                   (size_t)(flags & OFFSET) * OFFSET_UNIT, flags & MORE);
    return ES_NEXT_PROTOCOL;
}

/* Options of the hop-by-hop and destination headers. RFC 8200, 4.2; RFC 6275, 6.3 for the home
 * address. */
static void replace_v6_options(struct es_rewrite *walk, uint8_t *at, size_t size)
{
    enum { PAD1 = 0, PADN = 1, ROUTER_ALERT = 5, HOME_ADDRESS = 201, JUMBO = 194, HEAD = 2 };
    while (size > 0) {
        if (*at == PAD1) {
            at++, size--;
            continue;
        }
        const size_t length = size > 1 ? at[1] + (size_t)HEAD : 0;
        if (length < HEAD || length > size)
            break;
        if (*at == HOME_ADDRESS && length == HEAD + V6)
            es_rewrite_v6(walk, at + HEAD);
        else if (*at != ROUTER_ALERT && *at != JUMBO)
            es_rewrite_zero(walk, at + HEAD, at + length);
        at += length, size -= length;
    }
    es_rewrite_zero(walk, at, at + size);
}

/*
 *    |  Next Header  |  Hdr Ext Len  |  Routing Type | Segments Left |
 *    |                             …                                 |
 *    | addresses; behind them, of segment routing, other things      |
 *
 * RFC 8200, 4.4; RFC 8754. What the checksums cover is the last destination.
 */
static void replace_routing(struct es_rewrite *walk, uint8_t *h, size_t size)
{
    enum { HEAD = 8, TYPE_0 = 0, TYPE_2 = 2, SEGMENT_ROUTING = 4 };
    const uint8_t type = h[2], segments_left = h[3];
    const size_t fit = (size - HEAD) / V6;
    size_t count = type == TYPE_0 || type == TYPE_2 ? fit : 0;
    if (type == SEGMENT_ROUTING)
        count = (size_t)h[4] + 1 < fit ? (size_t)h[4] + 1 : fit;
    uint8_t *last = type == SEGMENT_ROUTING ? h + HEAD : h + HEAD + (count - 1) * V6;
    const bool on_the_way = count && segments_left;
    if (on_the_way)
        walk->destination = es_address_v6(last);
    for (size_t i = 0; i < count; i++)
        es_rewrite_v6(walk, h + HEAD + i * V6);
    if (on_the_way)
        walk->new_destination = es_address_v6(last);
    es_rewrite_zero(walk, h + HEAD + count * V6, h + size);
}

enum {
    HOP_BY_HOP = 0,
    ROUTING = 43,
    FRAGMENT = 44,
    DESTINATION_OPTIONS = 60,
    MOBILITY = 135,
    HIP = 139,
    SHIM6 = 140,
};

/* Steps over extension headers; walk->protocol is then what follows. False when one is not whole.
 */
static bool step_over_extensions(struct es_rewrite *walk)
{
    enum { UNIT = 8, HEAD = 2 };
    for (;;) {
        const uint8_t type = walk->protocol;
        const bool known = type == HOP_BY_HOP || type == ROUTING || type == DESTINATION_OPTIONS ||
                           type == MOBILITY || type == HIP || type == SHIM6;
        if (!known)
            return true;
        if (es_left(&walk->c) < UNIT)
            return false;
        const size_t size = ((size_t)walk->c.at[1] + 1) * UNIT;
        uint8_t *h = es_rewrite_take(walk, size);
        if (!h)
            return false;
        walk->protocol = h[0];
        if (type == ROUTING)
            replace_routing(walk, h, size);
        else if (type == HOP_BY_HOP || type == DESTINATION_OPTIONS)
            replace_v6_options(walk, h + HEAD, size - HEAD);
        else
            es_rewrite_zero(walk, h + HEAD, h + size);
    }
}

enum es_next es_rewrite_ipv6(struct es_rewrite *walk)
{
    enum { HEADER = 40, SOURCE_AT = 8, DESTINATION_AT = 24, FRAGMENT_BYTES = 8, MORE = 1 };
    if (es_left(&walk->c) < HEADER || *walk->c.at >> 4 != 6)
        return ES_NEXT_NOTHING;
    uint8_t *h = es_rewrite_take(walk, HEADER);
    walk->v6 = true;
    walk->protocol = h[6];
    walk->source = es_address_v6(h + SOURCE_AT);
    walk->destination = es_address_v6(h + DESTINATION_AT);
    es_rewrite_v6(walk, h + SOURCE_AT);
    es_rewrite_v6(walk, h + DESTINATION_AT);
    walk->new_source = es_address_v6(h + SOURCE_AT);
    walk->new_destination = es_address_v6(h + DESTINATION_AT);
    const size_t length = (size_t)(h[4] << 8 | h[5]);
    if (length)
        es_rewrite_narrow(walk, length);
    for (unsigned fragments = 0; fragments < 2; fragments++) {
        if (!step_over_extensions(walk))
            return ES_NEXT_NOTHING;
        if (walk->protocol != FRAGMENT)
            return ES_NEXT_PROTOCOL;
        const uint8_t *f = es_rewrite_take(walk, FRAGMENT_BYTES);
        if (!f)
            return ES_NEXT_NOTHING;
        walk->protocol = f[0];
        const size_t offset = (size_t)(f[2] << 8 | f[3]) & 0xfff8;
        const bool more = f[3] & MORE;
        const uint32_t id =
            (uint32_t)f[4] << 24 | (uint32_t)f[5] << 16 | (uint32_t)f[6] << 8 | f[7];
        if ((offset || more) && es_rewrite_fragment(walk, id, offset, more) == ES_NEXT_NOTHING)
            return ES_NEXT_NOTHING;
    }
    return ES_NEXT_NOTHING;
}
