/*
 * Link headers: MAC addresses, and what systems write in front of a packet. ARP. RFC 826.
 */
#include "anonymize_walk.h"

#include <string.h>

enum { MAC_BYTES = 6 };

/* Linux cooked headers hold an address of the link's kind: MAC, or of a tunnel, or cut to eight. */
static void replace_cooked(struct es_rewrite *walk, uint8_t *at, size_t length)
{
    enum { ROOM = 8, V4 = 4 };
    size_t known = 0;
    if (length == MAC_BYTES) {
        es_rewrite_mac(walk, at);
        known = MAC_BYTES;
    } else if (length == V4) {
        es_rewrite_v4(walk, at);
        known = V4;
    }
    es_rewrite_zero(walk, at + known, at + ROOM);
}

/* Attributes that tell of the packet, not of who sent it. The byte order is little, mostly. */
static void replace_nflog(struct es_rewrite *walk, uint8_t *at, size_t size)
{
    enum { HEADER = 4, ATTRIBUTE = 4, TYPE_MASK = 0x7fff, TYPES = 32 };
    /* Packet header, mark, timestamp, interfaces, sequence numbers, hardware type and length. */
    enum {
        KEPT = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 12 | 1 << 13 |
               1 << 15 | 1 << 17
    };
    enum { PAYLOAD = 9 };
    size_t next = HEADER;
    while (next + ATTRIBUTE <= size) {
        const size_t length = (size_t)(at[next + 1] << 8 | at[next]);
        const unsigned type = (unsigned)(at[next + 3] << 8 | at[next + 2]) & TYPE_MASK;
        if (type == PAYLOAD || length < ATTRIBUTE)
            break;
        const size_t padded = (length + 3) & ~(size_t)3;
        const size_t end = padded < size - next ? next + padded : size;
        if (type >= TYPES || !((unsigned)KEPT >> type & 1))
            es_rewrite_zero(walk, at + next + ATTRIBUTE, at + end);
        next = end;
    }
    es_rewrite_zero(walk, at + (next + ATTRIBUTE <= size ? next + ATTRIBUTE : next), at + size);
}

static void replace_header(struct es_rewrite *walk, enum es_trace_kind kind, uint8_t *at,
                           size_t size)
{
    enum { ETHERNET = 14, SLL = 16, SLL2 = 20, PFLOG = 4, NFLOG = 4 };
    static const size_t least[] = {
        [ES_TRACE_ETHERNET] = ETHERNET, [ES_TRACE_SLL] = SLL,     [ES_TRACE_SLL2] = SLL2,
        [ES_TRACE_PFLOG] = PFLOG,       [ES_TRACE_NFLOG] = NFLOG, [ES_TRACE_PLAIN] = 0,
    };
    if (size < least[kind]) {
        es_rewrite_zero(walk, at, at + size);
        return;
    }
    switch (kind) {
    case ES_TRACE_ETHERNET:
        es_rewrite_mac(walk, at);
        es_rewrite_mac(walk, at + MAC_BYTES);
        break;
    case ES_TRACE_SLL:
        replace_cooked(walk, at + 6, (size_t)(at[4] << 8 | at[5]));
        break;
    case ES_TRACE_SLL2:
        replace_cooked(walk, at + 12, at[11]);
        break;
    case ES_TRACE_PFLOG:
        es_rewrite_zero(walk, at + PFLOG, at + size);
        break;
    case ES_TRACE_NFLOG:
        replace_nflog(walk, at, size);
        break;
    case ES_TRACE_PLAIN:
        break;
    }
}

/*
 *    |  hardware type (Ethernet: 1)  |  protocol type (0x0800)       |
 *    |  6            |  4            |          operation            |
 *    | sender's MAC, its IP address, target's MAC, its IP address    |
 */
static void replace_arp(struct es_rewrite *walk)
{
    enum { HEAD = 8, V4 = 4, PAIR = MAC_BYTES + V4, ARP = HEAD + 2 * PAIR };
    static const uint8_t ethernet_and_ipv4[] = {0, 1, 8, 0, MAC_BYTES, V4};
    if (es_left(&walk->c) < ARP ||
        memcmp(walk->c.at, ethernet_and_ipv4, sizeof(ethernet_and_ipv4)) != 0)
        return;
    uint8_t *at = es_rewrite_take(walk, ARP) + HEAD;
    for (unsigned pair = 0; pair < 2; pair++, at += PAIR) {
        es_rewrite_mac(walk, at);
        es_rewrite_v4(walk, at + MAC_BYTES);
    }
}

/*
 * No packet at the end of the link headers: the first of them stays, since it told how to read on;
 * those behind it may be something else that looked like them.
 */
static enum es_next end_without_packet(struct es_rewrite *walk)
{
    const struct es_trace *trace = &walk->trace;
    const bool alone = trace->count == 1;
    if (trace->count == 0)
        return ES_NEXT_NOTHING;
    const uint8_t *next = alone ? trace->inner.at : trace->steps[1].at;
    uint8_t *at = es_rewrite_at(walk, trace->steps[0].at);
    replace_header(walk, trace->steps[0].kind, at, (size_t)(next - at));
    es_rewrite_take(walk, (size_t)(next - walk->c.at));
    if (alone)
        replace_arp(walk);
    return ES_NEXT_NOTHING;
}

enum es_next es_rewrite_link(struct es_rewrite *walk)
{
    const struct es_trace *trace = &walk->trace;
    const uint8_t *const end = walk->c.end;
    if (trace->end == ES_TRACE_OTHER)
        return end_without_packet(walk);
    for (size_t i = 0; i < trace->count; i++) {
        uint8_t *at = es_rewrite_at(walk, trace->steps[i].at);
        const uint8_t *next = i + 1 < trace->count ? trace->steps[i + 1].at : trace->inner.at;
        replace_header(walk, trace->steps[i].kind, at, (size_t)(next - at));
    }
    walk->c = trace->inner;
    es_rewrite_zero(walk, walk->c.end, end); /* padding of the link, or what a length leaves */
    return trace->end == ES_TRACE_IPV4 ? ES_NEXT_IPV4 : ES_NEXT_IPV6;
}
