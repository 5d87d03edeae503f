/*
 * packet: from a frame to the datagrams an IPsec engineer cares about.
 *
 * The decoder peels link layers, VLANs, MPLS, IP, outer tunnels and UDP/TCP from a frame, puts IP
 * fragments and TCP records together within stated bounds, and says what the payload is.
 */
#ifndef ESPIAL_PACKET_H
#define ESPIAL_PACKET_H

#include "espial/base.h"
#include "espial/capture.h"

#include <stdbool.h>
#include <stdint.h>

/* An IPv4 address is held as ::ffff:a.b.c.d, so that addresses compare and hash as 16 bytes. */
struct es_address {
    uint8_t bytes[16];
};

bool es_address_is_v4(const struct es_address *address);
bool es_address_equal(const struct es_address *a, const struct es_address *b);
struct es_address es_address_v4(const uint8_t bytes[4]);
struct es_address es_address_v6(const uint8_t bytes[16]);

/* Adds "192.0.2.1" or "2001:db8::1" (RFC 5952). */
void es_text_add_address(struct es_text *text, const struct es_address *address);

/* Adds "192.0.2.1:500" or "[2001:db8::1]:500"; without the port when it is 0. */
void es_text_add_endpoint(struct es_text *text, const struct es_address *address, uint16_t port);

/* Parses either form of an address without a port; false when it is none. */
bool es_address_parse(const char *chars, struct es_address *out);

enum es_datagram_kind {
    ES_DATAGRAM_OTHER,      /* nothing to do with IPsec */
    ES_DATAGRAM_IKE,        /* payload starts at the IKE header; a non-ESP marker is stepped over */
    ES_DATAGRAM_ESP,        /* payload starts at the SPI */
    ES_DATAGRAM_AH,         /* payload starts at the AH header (next header field) */
    ES_DATAGRAM_KEEPALIVE,  /* NAT keepalive: the single byte 0xff (RFC 3948, 2.3) */
    ES_DATAGRAM_ICMP_ERROR, /* an ICMP or ICMPv6 error that quotes IKE, ESP or AH */
    ES_DATAGRAM_BAD_NATT,   /* on a NAT-T port, but neither IKE, ESP nor keepalive: bad marker,
                               SPI below 256 */
};

enum es_encapsulation {
    ES_ENCAPSULATION_RAW, /* IKE on UDP 500 counts as RAW, ESP as IP protocol 50 */
    ES_ENCAPSULATION_UDP, /* RFC 3948: a NAT-T port; IKE with the non-ESP marker */
    ES_ENCAPSULATION_TCP, /* RFC 9329 */
};

/* What an ICMP error says of the packet it quotes. RFC 792, RFC 4443. */
struct es_icmp_error {
    struct es_address reporter;        /* who sent the error */
    uint8_t type, code;                /* as on the wire */
    bool v6;                           /* ICMPv6 numbers */
    uint32_t mtu;                      /* next-hop MTU of "too big", else 0 */
    enum es_datagram_kind quoted_kind; /* IKE, ESP, AH or KEEPALIVE */
};

struct es_datagram {
    enum es_datagram_kind kind;
    enum es_encapsulation encapsulation;
    struct es_packet_ref ref; /* the frame (of fragments: the one that completed it) */
    struct es_address source; /* of an ICMP error: of the quoted packet */
    struct es_address destination;
    uint16_t source_port; /* 0 without ports */
    uint16_t destination_port;
    uint8_t hop_limit;           /* TTL as seen here */
    uint8_t traffic_class;       /* TOS byte: DSCP and ECN */
    bool reassembled;            /* made of several IP fragments */
    bool first_fragment_only;    /* the rest of the IP packet has not been seen (yet): the
                                    payload is what the first fragment holds */
    bool marker_missing;         /* IKE on a NAT-T port without the non-ESP marker */
    bool duplicate_fragment;     /* the same packet was already handed out as first fragment */
    enum es_direction direction; /* of the frame */
    uint32_t ip_length;          /* bytes of the (whole) IP packet, header included */
    uint32_t ip_id;              /* IPv4 identification, or of the IPv6 fragment header */
    struct es_cursor payload;    /* borrowed until the next es_decode(); starts as `kind` says */
    struct es_icmp_error icmp;   /* only when kind is ICMP_ERROR */
};

/* Counted, never dropped silently. */
struct es_decoder_counts {
    uint64_t frames;                                          /* given to es_decode() */
    uint64_t other;                                           /* frames that gave no datagram */
    uint64_t ike, esp, ah, keepalives, icmp_errors, bad_natt; /* datagrams handed out */
    uint64_t cut;       /* frames the capture cut before the payload could be told */
    uint64_t malformed; /* frames with a header that lies */
    struct es_packet_ref malformed_first; /* the first such frame */
    const char *malformed_layer;          /* and its layer: "IPv4", "UDP", … ; NULL when none */
    uint64_t unsupported_link;            /* frames of a link type espial does not know */
    uint64_t fragments;                   /* IP fragments seen */
    uint64_t fragments_overlap;           /* dropped: overlapping (RFC 5722) */
    uint64_t fragments_dropped;           /* dropped: bounds of the reassembly */
    uint64_t fragments_incomplete;        /* packets never completed */
    uint64_t tcp_records_lost;            /* TCP streams that lost the record boundary */
};

enum { ES_IKE_PORTS_MAX = 16 };

struct es_decoder_options {
    uint16_t ike_ports[ES_IKE_PORTS_MAX]; /* besides 500 and 4500; UDP, and TCP for RFC 9329 */
    size_t ike_port_count;
    size_t reassembly_bytes; /* bound of all reassembly; 0: the default of 4 MiB */
    uint64_t seed[2];        /* for the hash tables */
};

struct es_decoder;

/* A decoder; NULL when no memory is left. */
struct es_decoder *es_decoder_new(const struct es_decoder_options *options);
void es_decoder_free(struct es_decoder *decoder);

/*
 * Decodes a frame. True when it holds something about IPsec: `out` is then the first datagram.
 * Borrowed bytes in `out` live until the next es_decode() and no longer than the frame.
 */
bool es_decode(struct es_decoder *decoder, const struct es_frame *frame, struct es_datagram *out);

/* The next datagram of the same frame (a TCP segment may complete several). False at the end. */
bool es_decode_more(struct es_decoder *decoder, struct es_datagram *out);

const struct es_decoder_counts *es_decoder_counts(const struct es_decoder *decoder);

#endif
