/*
 * The way through a frame, told instead of decoded.
 */
#include "espial/packet/trace.h"

#include "classify.h"
#include "decoder.h"
#include "layer.h"
#include "numbers.h"

static enum es_trace_kind kind_of(enum es_layer layer)
{
    switch (layer) {
    case ES_LAYER_ETHERNET:
        return ES_TRACE_ETHERNET;
    case ES_LAYER_SLL:
        return ES_TRACE_SLL;
    case ES_LAYER_SLL2:
        return ES_TRACE_SLL2;
    case ES_LAYER_PFLOG:
        return ES_TRACE_PFLOG;
    case ES_LAYER_NFLOG:
        return ES_TRACE_NFLOG;
    default:
        return ES_TRACE_PLAIN;
    }
}

/* Layers below IP look at the cursor alone: no decoder is needed. */
static bool is_link(enum es_layer layer)
{
    return layer > ES_LAYER_FOUND && layer != ES_LAYER_IPV4 && layer != ES_LAYER_IPV6;
}

static void run(struct es_walk *walk, enum es_layer layer, struct es_trace *out)
{
    while (is_link(layer) && out->count < ES_TRACE_STEPS) {
        out->steps[out->count++] = (struct es_trace_step){kind_of(layer), walk->cursor.at};
        layer = es_layer_run(walk, layer);
    }
    out->end = layer == ES_LAYER_IPV4   ? ES_TRACE_IPV4
               : layer == ES_LAYER_IPV6 ? ES_TRACE_IPV6
                                        : ES_TRACE_OTHER;
    out->inner = walk->cursor;
}

void es_trace_link(uint32_t link_type, struct es_cursor frame, struct es_trace *out)
{
    struct es_datagram datagram = {.direction = ES_DIRECTION_UNKNOWN};
    struct es_walk walk = {.cursor = frame, .out = &datagram};
    out->count = 0;
    run(&walk, es_link_layer(link_type), out);
}

void es_trace_ethertype(uint16_t ethertype, struct es_cursor payload, struct es_trace *out)
{
    struct es_datagram datagram = {.direction = ES_DIRECTION_UNKNOWN};
    struct es_walk walk = {.cursor = payload, .out = &datagram};
    out->count = 0;
    run(&walk, es_ethertype_walk(&walk, ethertype), out);
}

bool es_trace_tunnel(uint16_t destination_port, struct es_cursor payload, struct es_trace *out)
{
    struct es_datagram datagram = {.direction = ES_DIRECTION_UNKNOWN};
    struct es_walk walk = {.cursor = payload, .out = &datagram};
    out->count = 0;
    if (destination_port != ES_PORT_VXLAN && destination_port != ES_PORT_GTPU)
        return false;
    run(&walk, destination_port == ES_PORT_VXLAN ? ES_LAYER_VXLAN : ES_LAYER_GTPU, out);
    return true;
}

static bool either(const uint16_t ports[2], uint16_t port)
{
    return ports[0] == port || ports[1] == port;
}

enum es_datagram_kind es_trace_udp(uint16_t source_port, uint16_t destination_port,
                                   const uint16_t *ike_ports, size_t ike_port_count,
                                   struct es_cursor *payload)
{
    const uint16_t ports[2] = {source_port, destination_port};
    bool custom = false, missing = false, cut = false;
    for (size_t i = 0; i < ike_port_count; i++)
        custom |= either(ports, ike_ports[i]);
    if (either(ports, ES_PORT_NATT))
        return es_classify_natt(payload, &missing, &cut);
    if (either(ports, ES_PORT_IKE) || (custom && es_may_be_ike_message(*payload)))
        return es_classify_ike(payload);
    return custom ? es_classify_natt(payload, &missing, &cut) : ES_DATAGRAM_OTHER;
}

enum es_datagram_kind es_trace_record(struct es_cursor *record)
{
    bool missing = false, cut = false;
    return es_classify_natt(record, &missing, &cut);
}

bool es_trace_is_prefix(struct es_cursor data)
{
    return es_tcp_is_prefix(data);
}

bool es_trace_is_record(struct es_cursor data)
{
    uint64_t losses = 0;
    struct es_tcp_stream stream = {.losses = &losses};
    return es_tcp_stream_sync(&stream, data);
}
