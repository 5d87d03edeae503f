/*
 * The way through a frame for those who change it: where each link header stands, and what the
 * payload of UDP is. es_decode() goes the same way, with the same tables.
 */
#ifndef ESPIAL_PACKET_TRACE_H
#define ESPIAL_PACKET_TRACE_H

#include "espial/packet.h"

/* What of a link header names a host. */
enum es_trace_kind {
    ES_TRACE_PLAIN,    /* nothing: PPP, MPLS, loopback, … */
    ES_TRACE_ETHERNET, /* two MAC addresses; VLAN tags, LLC and SNAP are part of it */
    ES_TRACE_SLL,      /* Linux cooked, version 1: an address of up to 8 bytes */
    ES_TRACE_SLL2,     /* and version 2 */
    ES_TRACE_PFLOG,    /* names of interface and rules, and users */
    ES_TRACE_NFLOG,    /* attributes */
};

enum es_trace_end {
    ES_TRACE_OTHER, /* neither, or a header that is not whole or lies */
    ES_TRACE_IPV4,
    ES_TRACE_IPV6,
};

enum { ES_TRACE_STEPS = 16 };

struct es_trace {
    struct es_trace_step {
        enum es_trace_kind kind;
        const uint8_t *at; /* its first byte; it ends where the next one or `inner` starts */
    } steps[ES_TRACE_STEPS];
    size_t count;
    enum es_trace_end end;
    struct es_cursor inner; /* what the last header carries, without a link's padding where a
                               length tells it; borrows the frame */
};

/* Link headers of a frame of this link type, up to the first IP header. */
void es_trace_link(uint32_t link_type, struct es_cursor frame, struct es_trace *out);

/* The same for what an ethertype announces (GRE, MPLS in IP). */
void es_trace_ethertype(uint16_t ethertype, struct es_cursor payload, struct es_trace *out);

/* The same for the tunnels that UDP carries to this port: VXLAN, GTP-U. False for other ports. */
bool es_trace_tunnel(uint16_t destination_port, struct es_cursor payload, struct es_trace *out);

/*
 * What UDP between these ports carries, with `ike_ports` as in es_decoder_options; leaves the
 * cursor where that kind starts. OTHER for what is not about IPsec, or cannot be told.
 */
enum es_datagram_kind es_trace_udp(uint16_t source_port, uint16_t destination_port,
                                   const uint16_t *ike_ports, size_t ike_port_count,
                                   struct es_cursor *payload);

/* The same for a record of RFC 9329, behind its length. */
enum es_datagram_kind es_trace_record(struct es_cursor *record);

/* The data of a TCP segment begins with the prefix of RFC 9329, 4, */
bool es_trace_is_prefix(struct es_cursor data);

/* or records begin there, as far as a segment alone can show. */
bool es_trace_is_record(struct es_cursor data);

#endif
