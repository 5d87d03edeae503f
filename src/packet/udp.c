/*
 * UDP. RFC 768. Most datagrams are no business of ours: the ports say so first.
 */
#include "classify.h"
#include "decoder.h"
#include "layer.h"
#include "numbers.h"

enum { UDP_BYTES = 8 };

static bool either(const struct es_datagram *out, uint16_t port)
{
    return out->source_port == port || out->destination_port == port;
}

/* On our ports, but nothing there to tell by. */
static enum es_layer nothing_layer(struct es_walk *walk, bool cut)
{
    walk->cut = cut;
    walk->undecided = walk->partial;
    return walk->lie ? es_walk_refuse(walk, walk->lie) : ES_LAYER_NONE;
}

static enum es_layer natt_layer(struct es_walk *walk)
{
    bool cut = false;
    const enum es_datagram_kind kind =
        es_classify_natt(&walk->cursor, &walk->out->marker_missing, &cut);
    if (ES_UNLIKELY(kind == ES_DATAGRAM_OTHER))
        return nothing_layer(walk, cut);
    return es_walk_found(walk, kind, ES_ENCAPSULATION_UDP);
}

static enum es_layer ike_layer(struct es_walk *walk)
{
    const enum es_datagram_kind kind = es_classify_ike(&walk->cursor);
    if (ES_UNLIKELY(kind == ES_DATAGRAM_OTHER))
        return nothing_layer(walk, false);
    return es_walk_found(walk, kind,
                         kind == ES_DATAGRAM_ESP ? ES_ENCAPSULATION_UDP : ES_ENCAPSULATION_RAW);
}

/* A port the user named may be one like 500 or one like 4500: the payload tells. */
static enum es_layer custom_layer(struct es_walk *walk)
{
    return es_may_be_ike_message(walk->cursor) ? ike_layer(walk) : natt_layer(walk);
}

static enum es_layer payload_layer(struct es_walk *walk)
{
    const struct es_datagram *out = walk->out;
    const struct es_port_set *custom = &walk->decoder->ike_ports;
    if (ES_LIKELY(either(out, ES_PORT_NATT)))
        return natt_layer(walk);
    if (either(out, ES_PORT_IKE))
        return ike_layer(walk);
    if (es_port_set_has(custom, out->source_port) || es_port_set_has(custom, out->destination_port))
        return custom_layer(walk);
    walk->guessed = true;
    if (out->destination_port == ES_PORT_VXLAN)
        return ES_LAYER_VXLAN;
    return out->destination_port == ES_PORT_GTPU ? ES_LAYER_GTPU : ES_LAYER_NONE;
}

/*
 *    |          Source Port          |       Destination Port        |
 *    |            Length             |           Checksum            |
 *
 * A checksum of 0 is what RFC 3948 asks for; es_udp_checksum() checks others when asked.
 */
enum es_layer es_udp_layer(struct es_walk *walk)
{
    struct es_cursor *c = &walk->cursor;
    struct es_datagram *out = walk->out;
    out->udp = c->at;
    const uint32_t both = es_u32(c);
    out->source_port = (uint16_t)(both >> 16);
    out->destination_port = (uint16_t)both;
    const struct es_port_set *ports = &walk->decoder->udp_ports;
    if (!es_port_set_has(ports, out->source_port) && !es_port_set_has(ports, out->destination_port))
        return ES_UNLIKELY(c->fault) ? es_walk_fault(walk, "UDP") : ES_LAYER_NONE;
    const uint32_t length = es_u32(c) >> 16;
    if (ES_UNLIKELY(c->fault))
        return es_walk_fault(walk, "UDP");
    if (length >= UDP_BYTES)
        es_walk_narrow(walk, length - UDP_BYTES, "UDP");
    else if (length != 0) /* 0: to the end of the packet, RFC 2675, 4 */
        return es_walk_refuse(walk, "UDP");
    return payload_layer(walk);
}
