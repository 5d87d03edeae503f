/*
 * ICMP and ICMPv6: errors quote a packet, whose addresses are replaced like all others; neighbour
 * discovery names addresses and MACs. RFC 792, RFC 4443, RFC 4884, RFC 4861.
 */
#include "anonymize_walk.h"

enum { ICMP_BYTES = 8, CHECKSUM_AT = 2, V6 = 16 };

/* The quoted packet: as much of it as there is. What stands behind it may tell of interfaces. */
static enum es_next quote(struct es_rewrite *walk, size_t length, enum es_next next)
{
    if (length && length < es_wire_left(&walk->c))
        es_rewrite_narrow(walk, length);
    walk->partial = true;
    return next;
}

enum es_next es_rewrite_icmp(struct es_rewrite *walk)
{
    enum { UNREACHABLE = 3, QUENCH = 4, REDIRECT = 5, EXCEEDED = 11, PROBLEM = 12 };
    enum { FIELD_AT = 4, TOO_BIG = 4, WORD = 4 };
    if (es_left(&walk->c) < ICMP_BYTES)
        return ES_NEXT_NOTHING;
    uint8_t *h = es_rewrite_take(walk, ICMP_BYTES);
    es_rewrite_mend(walk, h + CHECKSUM_AT, h, 0, 0);
    const bool too_big = h[0] == UNREACHABLE && h[1] == TOO_BIG;
    switch (h[0]) {
    case UNREACHABLE:
    case EXCEEDED:
    case PROBLEM:
        return quote(walk, too_big ? 0 : (size_t)h[FIELD_AT + 1] * WORD, ES_NEXT_IPV4);
    case REDIRECT:
        es_rewrite_v4(walk, h + FIELD_AT);
        return quote(walk, 0, ES_NEXT_IPV4);
    case QUENCH:
        return quote(walk, 0, ES_NEXT_IPV4);
    default:
        return ES_NEXT_NOTHING;
    }
}

/* Options of neighbour discovery: RFC 4861, 4.6. */
static void replace_options(struct es_rewrite *walk)
{
    enum { HEAD = 2, UNIT = 8, SOURCE = 1, TARGET = 2, PREFIX = 3, MTU = 5, PREFIX_AT = 16 };
    enum { PREFIX_BYTES = 32 };
    while (es_left(&walk->c) >= UNIT) {
        const size_t size = (size_t)walk->c.at[1] * UNIT;
        uint8_t *h = size ? es_rewrite_take(walk, size) : NULL;
        if (!h)
            return;
        if ((h[0] == SOURCE || h[0] == TARGET) && size == UNIT)
            es_rewrite_mac(walk, h + HEAD);
        else if (h[0] == PREFIX && size == PREFIX_BYTES)
            es_rewrite_v6(walk, h + PREFIX_AT);
        else if (h[0] != MTU)
            es_rewrite_zero(walk, h + HEAD, h + size);
    }
}

static void replace_neighbours(struct es_rewrite *walk, size_t addresses, size_t fields)
{
    if (fields && !es_rewrite_take(walk, fields))
        return;
    for (; addresses > 0; addresses--) {
        uint8_t *at = es_rewrite_take(walk, V6);
        if (!at)
            return;
        es_rewrite_v6(walk, at);
    }
    replace_options(walk);
}

enum es_next es_rewrite_icmpv6(struct es_rewrite *walk)
{
    enum { UNREACHABLE = 1, TOO_BIG = 2, EXCEEDED = 3, PROBLEM = 4 };
    enum { ROUTER_ASK = 133, ROUTER = 134, ASK = 135, ANSWER = 136, REDIRECT = 137 };
    enum { ICMPV6 = 58, FIELD_AT = 4, UNIT = 8, ROUTER_FIELDS = 8 };
    const size_t wire = es_wire_left(&walk->c);
    if (es_left(&walk->c) < ICMP_BYTES)
        return ES_NEXT_NOTHING;
    uint8_t *h = es_rewrite_take(walk, ICMP_BYTES);
    es_rewrite_mend(walk, h + CHECKSUM_AT, h, ICMPV6, (uint32_t)wire);
    switch (h[0]) {
    case UNREACHABLE:
    case EXCEEDED:
        return quote(walk, (size_t)h[FIELD_AT] * UNIT, ES_NEXT_IPV6);
    case TOO_BIG:
    case PROBLEM:
        return quote(walk, 0, ES_NEXT_IPV6);
    case ROUTER_ASK:
        replace_neighbours(walk, 0, 0);
        break;
    case ROUTER:
        replace_neighbours(walk, 0, ROUTER_FIELDS);
        break;
    case ASK:
    case ANSWER:
        replace_neighbours(walk, 1, 0);
        break;
    case REDIRECT:
        replace_neighbours(walk, 2, 0);
        break;
    default:
        break;
    }
    return ES_NEXT_NOTHING;
}
