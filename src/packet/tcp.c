/*
 * TCP. RFC 9293, 3.1. Only ports that may carry RFC 9329 are followed, and those where a segment
 * starts with its prefix.
 */
#include "decoder.h"
#include "layer.h"

enum {
    TCP_BYTES = 20,
    PORTS_BYTES = 4,
    FLAG_SYN = 0x02,
    FLAG_RST = 0x04,
    FLAG_ACK = 0x10,
};

static uint32_t get_u32(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static bool is_followed(const struct es_walk *walk)
{
    const struct es_port_set *ports = &walk->decoder->tcp_ports;
    return es_port_set_has(ports, walk->out->source_port) ||
           es_port_set_has(ports, walk->out->destination_port);
}

/*
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |          Source Port          |       Destination Port        |
 *    |                        Sequence Number                        |
 *    |                    Acknowledgment Number                      |
 *    | Offset| Rsrvd |     Flags     |            Window             |
 *    |           Checksum            |         Urgent Pointer        |
 *    |                    Options …                                  |
 */
enum es_layer es_tcp_layer(struct es_walk *walk)
{
    struct es_cursor *c = &walk->cursor;
    struct es_datagram *out = walk->out;
    const uint32_t both = es_u32(c);
    out->source_port = (uint16_t)(both >> 16);
    out->destination_port = (uint16_t)both;
    walk->decoder->sight.is_tcp = !c->fault;
    const bool followed = is_followed(walk);
    const uint8_t *h = es_take(c, TCP_BYTES - PORTS_BYTES);
    if (!h)
        return followed ? es_walk_fault(walk, "TCP") : ES_LAYER_NONE;
    const size_t header = (size_t)(h[8] >> 4) * 4;
    if (header > TCP_BYTES)
        es_take(c, header - TCP_BYTES);
    if (c->fault || header < TCP_BYTES) {
        if (followed)
            return c->fault ? es_walk_fault(walk, "TCP") : es_walk_refuse(walk, "TCP");
        return ES_LAYER_NONE;
    }
    if (!followed && ES_LIKELY(!es_tcp_is_prefix(*c)))
        return ES_LAYER_NONE;
    if (walk->partial) { /* segments are put together whole */
        walk->undecided = true;
        return ES_LAYER_NONE;
    }
    if (!followed)
        es_port_set_add(&walk->decoder->tcp_ports, out->destination_port);
    struct es_tcp_segment segment = {
        .sequence = get_u32(h),
        .acknowledgment = get_u32(h + 4),
        .syn = h[9] & FLAG_SYN,
        .ack = h[9] & FLAG_ACK,
        .rst = h[9] & FLAG_RST,
        .data = *c,
    };
    es_tcp_store_feed(walk, &segment);
    walk->decoder->more = es_tcp_store_next(&walk->decoder->streams, out);
    return walk->decoder->more ? ES_LAYER_FOUND : ES_LAYER_NONE;
}
