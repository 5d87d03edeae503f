/*
 * A layer: one header of a packet. Its function reads the header at the walk's cursor, leaves the
 * cursor on what the header carries, and names the layer of that.
 */
#ifndef ES_PACKET_LAYER_H
#define ES_PACKET_LAYER_H

#include "espial/packet.h"

#include <stdbool.h>
#include <stdint.h>

enum es_layer {
    ES_LAYER_NONE,  /* the walk ends: nothing about IPsec */
    ES_LAYER_FOUND, /* the walk ends: the datagram is filled */
    ES_LAYER_ETHERNET,
    ES_LAYER_SLL,
    ES_LAYER_SLL2,
    ES_LAYER_NULL,
    ES_LAYER_ENC,
    ES_LAYER_PFLOG,
    ES_LAYER_NFLOG,
    ES_LAYER_PPP,
    ES_LAYER_PPP_DIRECTION,
    ES_LAYER_PPP_HDLC,
    ES_LAYER_CISCO_HDLC,
    ES_LAYER_PPPOE,
    ES_LAYER_MPLS,
    ES_LAYER_IP,
    ES_LAYER_IPV4,
    ES_LAYER_IPV6,
    ES_LAYER_ICMP,
    ES_LAYER_ICMPV6,
    ES_LAYER_GRE,
    ES_LAYER_UDP,
    ES_LAYER_TCP,
    ES_LAYER_IP_IN_IP,
    ES_LAYER_IP_IN_IPV6,
    ES_LAYER_ESP,
    ES_LAYER_AH,
    ES_LAYER_VXLAN,
    ES_LAYER_GTPU,
    ES_LAYERS,
};

/* The way through one frame. Layers write what they learn straight into `out`. */
struct es_walk {
    struct es_cursor cursor; /* the next header */
    struct es_decoder *decoder;
    const struct es_packet_ref *ref; /* of the frame */
    struct es_datagram *out;
    struct es_fragment_set *first; /* the set whose first fragment is being walked, or NULL */
    const char *lie;               /* a layer whose length lies, though the walk went on; or NULL */
    bool partial;   /* the cursor holds a first fragment: what lies beyond its end is not known */
    bool guessed;   /* below a layer that was told by its port only: no header is held against it */
    bool cut;       /* the capture's snap length ended the walk */
    bool malformed; /* a header that lies ended the walk, at `lie` */
    bool undecided; /* `partial` ended the walk: the whole packet may be about IPsec */
};

typedef enum es_layer es_layer_function(struct es_walk *walk);

/*
 * Ends the walk at a fault of the cursor in `layer` ("IPv4"): counted as cut or as malformed,
 * or as neither when the rest of a fragmented packet can still make it good.
 */
enum es_layer es_walk_fault(struct es_walk *walk, const char *layer);

/* The same for a value that the header must not have. */
enum es_layer es_walk_refuse(struct es_walk *walk, const char *layer);

/* A header claims `length` more bytes than the packet has: see es_walk_narrow(). */
void es_walk_overrun(struct es_walk *walk, size_t length, const char *layer);

/*
 * Narrows the cursor to its next `length` wire bytes. When the packet has fewer, a first fragment
 * counts the rest as missing; else the length lies: noted for `layer`, and the walk goes on with
 * what there is. Inline for the hot path.
 */
static inline void es_walk_narrow(struct es_walk *walk, size_t length, const char *layer)
{
    if (ES_LIKELY(length <= es_wire_left(&walk->cursor)))
        walk->cursor = es_sub(&walk->cursor, length);
    else
        es_walk_overrun(walk, length, layer);
}

/* Ends the walk: the cursor stands where a datagram of `kind` starts. */
enum es_layer es_walk_found(struct es_walk *walk, enum es_datagram_kind kind,
                            enum es_encapsulation encapsulation);

/* What carries on below an ethertype, an IP protocol, a link type; NONE for what we leave alone. */
enum es_layer es_ethertype_layer(uint16_t ethertype);
enum es_layer es_ip_protocol_layer(uint8_t protocol);
enum es_layer es_link_layer(uint32_t link_type);

/* Runs one layer: the next one. */
enum es_layer es_layer_run(struct es_walk *walk, enum es_layer layer);

/* clear.c: a packet that is not about IPsec, between the addresses in walk->out. */
void es_clear_see(struct es_walk *walk, bool tunnel);

/* ESP or AH. */
bool es_ip_protocol_is_ipsec(uint8_t protocol);

/* Steps over VLAN tags in front of what `ethertype` announces. */
enum es_layer es_ethertype_walk(struct es_walk *walk, uint16_t ethertype);

/* Reads an LLC header, and SNAP's behind it. IEEE 802.2. */
enum es_layer es_llc_walk(struct es_walk *walk);

es_layer_function es_ethernet_layer, es_sll_layer, es_sll2_layer, es_null_layer, es_enc_layer,
    es_pflog_layer, es_nflog_layer, es_ppp_layer, es_ppp_direction_layer, es_ppp_hdlc_layer,
    es_cisco_hdlc_layer, es_pppoe_layer, es_mpls_layer, es_ip_layer, es_ipv4_layer, es_ipv6_layer,
    es_icmp_layer, es_icmpv6_layer, es_gre_layer, es_udp_layer, es_tcp_layer, es_esp_layer,
    es_ah_layer, es_vxlan_layer, es_gtpu_layer, es_ip_in_ip_layer, es_ip_in_ipv6_layer;

#endif
