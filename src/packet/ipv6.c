/*
 * IPv6 and its extension headers. RFC 8200; RFC 6564 for their common form.
 */
#include "decoder.h"
#include "ip.h"
#include "numbers.h"

enum {
    FRAGMENT_HEADER_BYTES = 8,
    MORE_FRAGMENTS = 1,
    OFFSET_MASK = 0xfff8,
    EXTENSION_UNIT = 8,
};

/*
 *    |  Next Header  |  Hdr Ext Len  |  … (Hdr Ext Len + 1) * 8 bytes in all
 */
void es_ipv6_skip_extensions(struct es_cursor *c, uint8_t *protocol)
{
    while (!c->fault && es_ipv6_is_extension(*protocol)) {
        const uint8_t next = es_u8(c);
        const size_t length = ((size_t)es_u8(c) + 1) * EXTENSION_UNIT;
        es_take(c, length - 2);
        *protocol = next;
    }
}

/*
 *    |  Next Header  |   Reserved    |      Fragment Offset    |Res|M|
 *    |                         Identification                        |
 *
 * True when the walk goes on; *protocol is then the next header.
 */
static bool fragment_header(struct es_walk *walk, uint8_t *protocol, size_t before)
{
    struct es_cursor *c = &walk->cursor;
    struct es_fragment fragment = {.layer = "IPv6", .v6 = true};
    fragment.protocol = es_u8(c);
    es_u8(c);
    const uint16_t flags = es_u16(c);
    fragment.id = es_u32(c);
    if (c->fault) {
        es_walk_fault(walk, "IPv6");
        return false;
    }
    fragment.more = flags & MORE_FRAGMENTS;
    fragment.offset = flags & OFFSET_MASK;
    fragment.header = before;
    walk->out->ip_id = fragment.id;
    /* One fragment that is all of a packet stands for itself: RFC 6946. */
    const bool whole = !fragment.more && fragment.offset == 0;
    const bool on = whole || es_fragment_walk(walk, &fragment);
    *protocol = fragment.protocol;
    return on;
}

/*
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |Version| Traffic Class |           Flow Label                  |
 *    |         Payload Length        |  Next Header  |   Hop Limit   |
 *    |                    Source Address (16 bytes)                  |
 *    |                    Destination Address (16 bytes)             |
 */
enum es_layer es_ipv6_layer(struct es_walk *walk)
{
    struct es_cursor *c = &walk->cursor;
    struct es_datagram *out = walk->out;
    const uint8_t *h = es_take(c, ES_IPV6_HEADER_BYTES);
    if (ES_UNLIKELY(!h))
        return es_walk_fault(walk, "IPv6");
    if (ES_UNLIKELY(h[0] >> 4 != 6))
        return es_walk_refuse(walk, "IPv6");
    size_t length = (size_t)(h[4] << 8 | h[5]);
    if (length == 0) /* a jumbogram, or the sending host's card was still to cut it up */
        length = es_wire_left(c);
    es_walk_narrow(walk, length, "IPv6");
    out->ip_length = (uint32_t)(ES_IPV6_HEADER_BYTES + length);
    out->ip_id = 0;
    out->traffic_class = (uint8_t)(h[0] << 4 | h[1] >> 4);
    out->hop_limit = h[7];
    out->dont_fragment = true;
    memcpy(out->source.bytes, h + 8, sizeof(out->source.bytes));
    memcpy(out->destination.bytes, h + 24, sizeof(out->destination.bytes));
    out->source_port = 0;
    out->destination_port = 0;

    /* Each turn takes eight bytes or more; a second fragment header is as good as the first. */
    uint8_t protocol = h[6];
    es_ipv6_skip_extensions(c, &protocol);
    for (unsigned fragments = 0; protocol == ES_IP_FRAGMENT && !c->fault; fragments++) {
        const size_t before = ES_IPV6_HEADER_BYTES + es_offset(c);
        if (fragments == 2 || !fragment_header(walk, &protocol, before))
            return ES_LAYER_NONE;
        es_ipv6_skip_extensions(c, &protocol);
    }
    return c->fault ? es_walk_fault(walk, "IPv6") : es_ip_protocol_layer(protocol);
}
