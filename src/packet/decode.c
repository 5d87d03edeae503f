/*
 * The decoder: the loop over a frame's layers, and what is counted.
 */
#include "decoder.h"
#include "layer.h"
#include "numbers.h"

#include <stdlib.h>

/* Headers in front of a payload. Real stacks of tunnels need ten; beyond this is a hoax. */
enum { LAYERS_MAX = 16 };

enum { REASSEMBLY_BYTES = 4 << 20 };

static es_layer_function *const layers[ES_LAYERS] = {
    [ES_LAYER_ETHERNET] = es_ethernet_layer,
    [ES_LAYER_SLL] = es_sll_layer,
    [ES_LAYER_SLL2] = es_sll2_layer,
    [ES_LAYER_NULL] = es_null_layer,
    [ES_LAYER_ENC] = es_enc_layer,
    [ES_LAYER_PFLOG] = es_pflog_layer,
    [ES_LAYER_NFLOG] = es_nflog_layer,
    [ES_LAYER_PPP] = es_ppp_layer,
    [ES_LAYER_PPP_DIRECTION] = es_ppp_direction_layer,
    [ES_LAYER_PPP_HDLC] = es_ppp_hdlc_layer,
    [ES_LAYER_CISCO_HDLC] = es_cisco_hdlc_layer,
    [ES_LAYER_PPPOE] = es_pppoe_layer,
    [ES_LAYER_MPLS] = es_mpls_layer,
    [ES_LAYER_IP] = es_ip_layer,
    [ES_LAYER_IPV4] = es_ipv4_layer,
    [ES_LAYER_IPV6] = es_ipv6_layer,
    [ES_LAYER_ICMP] = es_icmp_layer,
    [ES_LAYER_ICMPV6] = es_icmpv6_layer,
    [ES_LAYER_GRE] = es_gre_layer,
    [ES_LAYER_UDP] = es_udp_layer,
    [ES_LAYER_TCP] = es_tcp_layer,
    [ES_LAYER_IP_IN_IP] = es_ip_in_ip_layer,
    [ES_LAYER_IP_IN_IPV6] = es_ip_in_ipv6_layer,
    [ES_LAYER_ESP] = es_esp_layer,
    [ES_LAYER_AH] = es_ah_layer,
    [ES_LAYER_VXLAN] = es_vxlan_layer,
    [ES_LAYER_GTPU] = es_gtpu_layer,
};

/* The counter of each kind of datagram. */
static const size_t counters[] = {
    [ES_DATAGRAM_OTHER] = offsetof(struct es_decoder_counts, other),
    [ES_DATAGRAM_IKE] = offsetof(struct es_decoder_counts, ike),
    [ES_DATAGRAM_ESP] = offsetof(struct es_decoder_counts, esp),
    [ES_DATAGRAM_AH] = offsetof(struct es_decoder_counts, ah),
    [ES_DATAGRAM_KEEPALIVE] = offsetof(struct es_decoder_counts, keepalives),
    [ES_DATAGRAM_ICMP_ERROR] = offsetof(struct es_decoder_counts, icmp_errors),
    [ES_DATAGRAM_BAD_NATT] = offsetof(struct es_decoder_counts, bad_natt),
};

static void count_datagram(struct es_decoder_counts *counts, const struct es_datagram *datagram)
{
    if (!datagram->duplicate_fragment)
        ++*(uint64_t *)(void *)((char *)counts + counters[datagram->kind]);
}

static void count_malformed(struct es_decoder_counts *counts, const struct es_walk *walk)
{
    if (counts->malformed++ == 0) {
        counts->malformed_first = *walk->ref;
        counts->malformed_layer = walk->lie;
    }
}

enum es_layer es_walk_refuse(struct es_walk *walk, const char *layer)
{
    if (!walk->guessed) {
        walk->malformed = true;
        walk->lie = layer;
    }
    return ES_LAYER_NONE;
}

enum es_layer es_walk_fault(struct es_walk *walk, const char *layer)
{
    walk->cut = walk->cursor.fault == ES_FAULT_CUT;
    walk->undecided = walk->partial;
    return walk->cut || walk->partial ? ES_LAYER_NONE : es_walk_refuse(walk, layer);
}

void es_walk_overrun(struct es_walk *walk, size_t length, const char *layer)
{
    if (walk->partial)
        walk->cursor.missing += length - es_wire_left(&walk->cursor);
    else
        walk->lie = layer;
    walk->cursor.start = walk->cursor.at;
}

enum es_layer es_walk_found(struct es_walk *walk, enum es_datagram_kind kind,
                            enum es_encapsulation encapsulation)
{
    struct es_datagram *out = walk->out;
    out->kind = kind;
    out->encapsulation = encapsulation;
    out->ref = *walk->ref;
    out->payload = walk->cursor;
    out->payload.start = out->payload.at;
    out->first_fragment_only = walk->partial;
    return ES_LAYER_FOUND;
}

enum es_layer es_layer_run(struct es_walk *walk, enum es_layer layer)
{
    return layers[layer](walk);
}

/* Runs the layers from `layer` on. True when they end in a datagram. */
static bool run(struct es_walk *walk, enum es_layer layer)
{
    for (unsigned depth = 0; depth < LAYERS_MAX && layer > ES_LAYER_FOUND; depth++)
        layer = layers[layer](walk);
    return layer == ES_LAYER_FOUND;
}

struct es_decoder *es_decoder_new(const struct es_decoder_options *options)
{
    static const uint16_t udp_ports[] = {ES_PORT_IKE, ES_PORT_NATT, ES_PORT_VXLAN, ES_PORT_GTPU};
    struct es_decoder *decoder = calloc(1, sizeof(*decoder));
    if (!decoder)
        return NULL;
    for (size_t i = 0; i < ES_COUNT(udp_ports); i++)
        es_port_set_add(&decoder->udp_ports, udp_ports[i]);
    es_port_set_add(&decoder->tcp_ports, ES_PORT_NATT);
    for (size_t i = 0; i < options->ike_port_count && i < ES_IKE_PORTS_MAX; i++) {
        es_port_set_add(&decoder->udp_ports, options->ike_ports[i]);
        es_port_set_add(&decoder->tcp_ports, options->ike_ports[i]);
        es_port_set_add(&decoder->ike_ports, options->ike_ports[i]);
    }
    const size_t bytes = options->reassembly_bytes ? options->reassembly_bytes : REASSEMBLY_BYTES;
    es_fragment_store_init(&decoder->fragments, bytes / 2, options->seed, &decoder->counts);
    es_tcp_store_init(&decoder->streams, bytes / 2, options->seed, &decoder->counts);
    return decoder;
}

void es_decoder_free(struct es_decoder *decoder)
{
    if (!decoder)
        return;
    es_fragment_store_fini(&decoder->fragments);
    es_tcp_store_fini(&decoder->streams);
    free(decoder);
}

bool es_decode(struct es_decoder *decoder, const struct es_frame *frame, struct es_datagram *out)
{
    struct es_walk walk = {
        .cursor = es_cursor(frame->bytes, frame->held, frame->wire),
        .decoder = decoder,
        .ref = &frame->ref,
        .out = out,
    };
    out->direction = frame->direction;
    out->ip_length = 0;
    out->udp = NULL;
    out->reassembled = false;
    out->marker_missing = false;
    out->duplicate_fragment = false;
    decoder->counts.frames++;
    decoder->more = false;
    decoder->esp_below_ah = false;
    decoder->sight = (struct es_sight){0};
    es_fragment_store_tick(&decoder->fragments, frame->ref.time);

    const enum es_layer link = es_link_layer(frame->link_type);
    decoder->counts.unsupported_link += link == ES_LAYER_NONE;
    const bool found = run(&walk, link);
    if (ES_UNLIKELY(walk.first != NULL))
        es_fragment_judge(&decoder->fragments, walk.first, found, walk.undecided);
    decoder->sight.dismissed = walk.partial && !found && !walk.undecided;
    if (ES_UNLIKELY(walk.malformed || (found && walk.lie)))
        count_malformed(&decoder->counts, &walk);
    decoder->sight.is_ip = out->ip_length != 0;
    if (found) {
        count_datagram(&decoder->counts, out);
        return true;
    }
    decoder->counts.cut += walk.cut;
    decoder->counts.other++;
    if (out->ip_length)
        es_clear_see(&walk, false);
    return false;
}

bool es_decode_more(struct es_decoder *decoder, struct es_datagram *out)
{
    if (ES_LIKELY(!decoder->more))
        return false;
    decoder->more = es_ah_next(decoder, out) || es_tcp_store_next(&decoder->streams, out);
    if (decoder->more)
        count_datagram(&decoder->counts, out);
    return decoder->more;
}

const struct es_sight *es_decoder_sight(const struct es_decoder *decoder)
{
    return &decoder->sight;
}

const struct es_decoder_counts *es_decoder_counts(const struct es_decoder *decoder)
{
    return &decoder->counts;
}
