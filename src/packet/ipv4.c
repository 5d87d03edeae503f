/*
 * IPv4. RFC 791.
 */
#include "decoder.h"
#include "ip.h"

enum {
    DONT_FRAGMENT = 0x40, /* in the upper byte of flags and offset */
    MORE_FRAGMENTS = 0x2000,
    OFFSET_MASK = 0x1fff,
    OFFSET_UNIT = 8,
};

/* A fragment goes through reassembly. */
static enum es_layer fragment_layer(struct es_walk *walk, uint8_t protocol, uint16_t flags,
                                    size_t header)
{
    struct es_fragment fragment = {
        .layer = "IPv4",
        .id = walk->out->ip_id,
        .protocol = protocol,
        .more = flags & MORE_FRAGMENTS,
        .offset = (size_t)(flags & OFFSET_MASK) * OFFSET_UNIT,
        .header = header,
    };
    return es_fragment_walk(walk, &fragment) ? es_ip_protocol_layer(protocol) : ES_LAYER_NONE;
}

/*
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |Version|  IHL  |Type of Service|          Total Length         |
 *    |         Identification        |Flags|      Fragment Offset    |
 *    |  Time to Live |    Protocol   |         Header Checksum       |
 *    |                       Source Address                          |
 *    |                    Destination Address                        |
 *    |                    Options …                                  |
 */
enum es_layer es_ipv4_layer(struct es_walk *walk)
{
    struct es_cursor *c = &walk->cursor;
    struct es_datagram *out = walk->out;
    const size_t wire = es_wire_left(c);
    const uint8_t *h = es_take(c, ES_IPV4_HEADER_BYTES);
    if (ES_UNLIKELY(!h))
        return es_walk_fault(walk, "IPv4");
    const size_t header = (size_t)(h[0] & 15) * 4;
    if (ES_UNLIKELY(h[0] >> 4 != 4 || header < ES_IPV4_HEADER_BYTES))
        return es_walk_refuse(walk, "IPv4");
    const uint8_t protocol = h[9];
    const enum es_layer next = es_ip_protocol_layer(protocol);
    if (next == ES_LAYER_NONE)
        return ES_LAYER_NONE;

    size_t total = (size_t)(h[2] << 8 | h[3]);
    if (total == 0) /* the sending host's card was still to cut it up and number the parts */
        total = wire;
    if (ES_UNLIKELY(total < header))
        return es_walk_refuse(walk, "IPv4");
    es_walk_narrow(walk, total - ES_IPV4_HEADER_BYTES, "IPv4");
    if (header > ES_IPV4_HEADER_BYTES && !es_take(c, header - ES_IPV4_HEADER_BYTES))
        return es_walk_fault(walk, "IPv4");

    out->ip_length = (uint32_t)total;
    out->ip_id = (uint32_t)(h[4] << 8 | h[5]);
    out->traffic_class = h[1];
    out->hop_limit = h[8];
    out->dont_fragment = h[6] & DONT_FRAGMENT;
    es_address_put_v4(&out->source, h + 12);
    es_address_put_v4(&out->destination, h + 16);
    out->source_port = 0;
    out->destination_port = 0;
    const uint16_t flags = (uint16_t)(h[6] << 8 | h[7]);
    if (ES_UNLIKELY(flags & (MORE_FRAGMENTS | OFFSET_MASK)))
        return fragment_layer(walk, protocol, flags, header);
    return next;
}
