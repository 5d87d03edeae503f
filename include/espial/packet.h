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
#include <string.h>

/* An IPv4 address is held as ::ffff:a.b.c.d, so that addresses compare and hash as 16 bytes. */
struct es_address {
    uint8_t bytes[16];
};

static inline bool es_address_is_v4(const struct es_address *address)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(address->bytes, prefix, sizeof(prefix)) == 0;
}
bool es_address_is_multicast(const struct es_address *address);
static inline bool es_address_equal(const struct es_address *a, const struct es_address *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
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
    ES_DATAGRAM_ICMP_ERROR, /* an ICMP or ICMPv6 error that quotes IKE, ESP or AH; payload starts
                               where `icmp.quoted_kind` says */
    ES_DATAGRAM_BAD_NATT,   /* on a NAT-T port, but neither IKE, ESP nor keepalive: bad marker,
                               SPI below 256; payload starts behind UDP or the record's length */
};

enum es_encapsulation {
    ES_ENCAPSULATION_RAW, /* IKE on UDP 500 counts as RAW, ESP as IP protocol 50; so does IKE
                             without marker on a port of es_decoder_options.ike_ports */
    ES_ENCAPSULATION_UDP, /* RFC 3948: a NAT-T port; IKE with the non-ESP marker */
    ES_ENCAPSULATION_TCP, /* RFC 9329 */
};

/*
 * What an ICMP error says of the packet it quotes. RFC 792, RFC 4443. Addresses, ports, ip_length,
 * ip_id, encapsulation and marker_missing of the datagram are those of the quoted packet (its
 * ip_length as its header claims, so that it may be held against `mtu`); hop_limit and
 * traffic_class are those of the ICMP packet. An error need not quote a whole packet: the bytes
 * that it does not quote count as missing in the payload, so that reading them is CUT.
 */
struct es_icmp_error {
    struct es_address reporter;        /* who sent the error */
    uint8_t type, code;                /* as on the wire */
    bool v6;                           /* ICMPv6 numbers */
    uint32_t mtu;                      /* next-hop MTU of "too big", else 0 */
    enum es_datagram_kind quoted_kind; /* IKE, ESP, AH, KEEPALIVE or BAD_NATT; OTHER for a NAT-T
                                          port where too little is quoted to tell */
};

/*
 * A datagram in IP fragments is handed out once or twice. When its first fragment arrives and
 * others are still to come, it is handed out at once with first_fragment_only: ports and SPI are
 * there, the rest of the payload is missing as far as a UDP length tells that there is one, else
 * the payload ends with the fragment. When the packet is whole it is handed out, reassembled, and
 * with duplicate_fragment if it was handed out before. Who counts packets takes all but those
 * with duplicate_fragment; who needs whole payloads takes all but those with first_fragment_only.
 */
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
    bool dont_fragment;          /* routers may not cut it up: DF, or IPv6 */
    bool duplicate_fragment;     /* the same packet was already handed out as first fragment */
    enum es_direction direction; /* of the frame, or as its link header tells */
    uint32_t ip_length;          /* bytes of the IP packet, header included: of the whole one when
                                    reassembled, of the first fragment when that is all */
    uint32_t ip_id;              /* IPv4 identification, or of the IPv6 fragment header */
    const uint8_t *udp;          /* the UDP header, borrowed like `payload`; NULL: not in UDP */
    struct es_cursor payload;    /* borrowed until the next es_decode(); starts as `kind` says */
    struct es_icmp_error icmp;   /* only when kind is ICMP_ERROR */
};

enum es_checksum {
    ES_CHECKSUM_UNKNOWN, /* not UDP, or not all of it is at hand */
    ES_CHECKSUM_NONE,    /* 0: the sender made none, as RFC 3948 asks for ESP */
    ES_CHECKSUM_GOOD,
    ES_CHECKSUM_UNFINISHED, /* only the pseudo header's sum: captured at the sender, whose network
                               card does the rest */
    ES_CHECKSUM_BAD,
};

/* Checks the UDP checksum of a datagram, while `payload` lasts. Reads all of it. */
enum es_checksum es_udp_checksum(const struct es_datagram *datagram);

/*
 * A conversation in clear that may belong into a tunnel: between two private addresses (RFC 1918,
 * RFC 6598, RFC 4193), or a tunnel that does not encrypt (GRE, IP in IP). Some are remembered; one
 * that has been silent for long makes room.
 */
struct es_clear_talk {
    struct es_address source, destination; /* of the first packet */
    bool tunnel;                           /* GRE or IP in IP; the addresses are its ends */
    uint32_t ip_length;                    /* of the first packet */
    uint64_t packets;                      /* both ways; 0: an unused place */
    struct es_packet_ref first, last;
};
enum { ES_CLEAR_TALKS = 64 };

/* Counted, never dropped silently. */
struct es_decoder_counts {
    uint64_t frames;                                          /* given to es_decode() */
    uint64_t other;                                           /* frames that gave no datagram */
    uint64_t ike, esp, ah, keepalives, icmp_errors, bad_natt; /* datagrams handed out, those with
                                                                 duplicate_fragment not again */
    uint64_t cut;       /* frames the capture cut before the payload could be told */
    uint64_t malformed; /* frames with a header that lies, if they are about IPsec or the header
                           keeps that from being told */
    struct es_packet_ref malformed_first; /* the first such frame */
    const char *malformed_layer;          /* and its layer: "IPv4", "UDP", … ; NULL when none */
    uint64_t unsupported_link;            /* frames of a link type espial does not know */
    uint64_t fragments;                   /* IP fragments seen */
    uint64_t fragments_overlap;           /* packets dropped: fragments overlap (RFC 5722); copies
                                             of a fragment do not */
    uint64_t fragments_dropped;           /* fragments dropped: bounds of the reassembly */
    uint64_t fragments_incomplete;        /* packets about IPsec not completed within 30 seconds of
                                             packet time */
    uint64_t clear_dropped;               /* packets in clear that found no place in `clear` */
    struct es_clear_talk clear[ES_CLEAR_TALKS];
    uint64_t unkept; /* times that the system had no memory for a fragment or a stream */
    uint64_t tcp_streams_dropped; /* TCP streams that made room for others */
    uint64_t tcp_records_lost;    /* times that a TCP stream lost the record boundary */
    /* Of TCP streams that carry IKE or ESP: segments with data, those of them that were sent before
     * (copies that the capture made excepted), and resets. */
    uint64_t tcp_segments, tcp_resent, tcp_resets;
    struct es_packet_ref tcp_resent_first, tcp_reset_first;
};

enum { ES_IKE_PORTS_MAX = 16 };

struct es_decoder_options {
    uint16_t ike_ports[ES_IKE_PORTS_MAX]; /* besides 500 and 4500; UDP, and TCP for RFC 9329 */
    size_t ike_port_count;
    size_t reassembly_bytes; /* bound of all reassembly, half of it for IP fragments and half for
                                TCP; 0: the default of 4 MiB */
    uint64_t seed[2];        /* for the hash tables */
};

struct es_decoder;

/*
 * A decoder; NULL when no memory is left. `options` is copied. RFC 9329 is looked for on TCP port
 * 4500, on ike_ports, and on any port where a segment starts with its prefix.
 */
struct es_decoder *es_decoder_new(const struct es_decoder_options *options);
void es_decoder_free(struct es_decoder *decoder);

/*
 * Decodes a frame. True when it holds something about IPsec: `out` is then the first datagram,
 * else it holds nothing to rely on. Borrowed bytes in `out` live until the next es_decode() and no
 * longer than the frame. Times of frames should ascend; they drive the patience with fragments.
 */
bool es_decode(struct es_decoder *decoder, const struct es_frame *frame, struct es_datagram *out);

/*
 * What an ESP packet in a frame is known by, found by a glance at the usual forms alone: Ethernet
 * or none, IPv4, whole packets, ESP or ESP in UDP on port 4500. A hint, for those who like to fetch
 * what they know of it; es_decode() says what the frame holds. False when it is something else.
 */
struct es_glance {
    struct es_address destination;
    uint32_t spi;
};
bool es_glance(const struct es_frame *frame, struct es_glance *out);

/*
 * The next datagram of the same frame: a TCP segment may complete several, ESP may lie below AH.
 * False at the end. `out` need not be the one of es_decode().
 */
bool es_decode_more(struct es_decoder *decoder, struct es_datagram *out);

const struct es_decoder_counts *es_decoder_counts(const struct es_decoder *decoder);

/*
 * What es_decode() saw of the last frame besides datagrams, for who keeps together what belongs
 * together.
 */
struct es_sight {
    uint64_t fragment;   /* a print of the IP packet that the frame holds a fragment of, the
                            outermost one; 0: it holds none */
    const uint8_t *data; /* of that fragment: behind the IP header; borrowed */
    uint8_t protocol;    /* the IP protocol that it names */
    bool later;          /* it is not the packet's first */
    bool dismissed;      /* it shows that the packet is not about IPsec */
    bool is_ip;          /* it has an IP packet: the addresses of `out` hold, the same */
    bool is_tcp;         /* a TCP segment: addresses and ports of `out` hold, whatever
                            es_decode() returned */
};
const struct es_sight *es_decoder_sight(const struct es_decoder *decoder);

#endif
