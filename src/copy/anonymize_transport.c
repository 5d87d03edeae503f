/*
 * What IP carries: UDP, TCP, tunnels, AH. Their data stays only where it is known to be IKE, ESP or
 * a tunnel's inside.
 */
#include "anonymize_state.h"

#include <string.h>

enum {
    IP_ICMP = 1,
    IP_IPV4 = 4,
    IP_TCP = 6,
    IP_UDP = 17,
    IP_IPV6 = 41,
    IP_GRE = 47,
    IP_ESP = 50,
    IP_AH = 51,
    IP_ICMPV6 = 58,
    IP_MPLS = 137,
    ETHERTYPE_MPLS = 0x8847,
};

static uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static enum es_next rewrite_udp_payload(struct es_rewrite *walk)
{
    enum { MARKER = 4 };
    const struct es_anonymizer_options *options = &walk->anonymizer->options;
    switch (es_trace_udp(walk->ports[0], walk->ports[1], options->ike_ports,
                         options->ike_port_count, &walk->c)) {
    case ES_DATAGRAM_IKE:
        es_rewrite_ike(walk);
        return ES_NEXT_NOTHING;
    case ES_DATAGRAM_ESP:
        return es_rewrite_esp(walk);
    case ES_DATAGRAM_KEEPALIVE:
        es_rewrite_take(walk, 1);
        return ES_NEXT_NOTHING;
    case ES_DATAGRAM_BAD_NATT: /* what makes it one is in its first bytes */
        es_take(&walk->c, es_left(&walk->c) < MARKER ? es_left(&walk->c) : MARKER);
        return ES_NEXT_NOTHING;
    default:
        break;
    }
    return es_trace_tunnel(walk->ports[1], walk->c, &walk->trace) ? ES_NEXT_LINK : ES_NEXT_NOTHING;
}

/*
 *    |          Source Port          |       Destination Port        |
 *    |            Length             |           Checksum            |
 */
static enum es_next rewrite_udp(struct es_rewrite *walk)
{
    enum { UDP_BYTES = 8, LENGTH_AT = 4, CHECKSUM_AT = 6 };
    const size_t wire = es_wire_left(&walk->c);
    uint8_t *h = es_rewrite_take(walk, UDP_BYTES);
    if (!h) {
        es_take(&walk->c, es_left(&walk->c) / 4 * 4); /* ports may be there, of a quoted one */
        return ES_NEXT_NOTHING;
    }
    const size_t length = get_u16(h + LENGTH_AT);
    if (length >= UDP_BYTES)
        es_rewrite_narrow(walk, length - UDP_BYTES);
    else if (length != 0)
        return ES_NEXT_NOTHING;
    es_rewrite_mend(walk, h + CHECKSUM_AT, h, IP_UDP, (uint32_t)(length ? length : wire));
    walk->ports[0] = get_u16(h);
    walk->ports[1] = get_u16(h + 2);
    return rewrite_udp_payload(walk);
}

/* Options that TCP itself works with; others may hold anything (RFC 8684: addresses). */
static void replace_tcp_options(struct es_rewrite *walk, uint8_t *at, size_t size)
{
    enum { END = 0, NOP = 1, TIMESTAMPS = 8, KNOWN = 0x13c };
    while (size > 0) {
        if (*at == NOP) {
            at++, size--;
            continue;
        }
        const size_t length = size > 1 ? at[1] : 0;
        if (*at == END || length < 2 || length > size)
            break;
        if (*at > TIMESTAMPS || !(KNOWN >> *at & 1)) {
            memset(at, NOP, length);
            walk->counts->bytes_zeroed += length;
        }
        at += length, size -= length;
    }
    es_rewrite_zero(walk, at, at + size);
}

static enum es_next rewrite_tcp(struct es_rewrite *walk)
{
    enum { TCP_BYTES = 20, QUOTED = 8, OFFSET_AT = 12, FLAGS_AT = 13, CHECKSUM_AT = 16, SYN = 2 };
    const size_t wire = es_wire_left(&walk->c);
    const size_t held = es_left(&walk->c);
    const uint8_t *look = walk->c.at;
    if (held < TCP_BYTES) {
        es_take(&walk->c, held < QUOTED ? held / 4 * 4 : QUOTED); /* ports, sequence number */
        return ES_NEXT_NOTHING;
    }
    const size_t header = (size_t)(look[OFFSET_AT] >> 4) * 4;
    uint8_t *h = es_rewrite_take(walk, header < TCP_BYTES || header > held ? TCP_BYTES : header);
    es_rewrite_mend(walk, h + CHECKSUM_AT, h, IP_TCP, (uint32_t)wire);
    if (header < TCP_BYTES || header > held)
        return ES_NEXT_NOTHING;
    replace_tcp_options(walk, h + TCP_BYTES, header - TCP_BYTES);
    walk->ports[0] = get_u16(h);
    walk->ports[1] = get_u16(h + 2);
    const struct es_rewrite_segment segment = {
        .sequence = (uint32_t)get_u16(h + 4) << 16 | get_u16(h + 6),
        .syn = h[FLAGS_AT] & SYN,
    };
    if (!walk->partial)
        es_rewrite_stream(walk, &segment);
    return ES_NEXT_NOTHING;
}

/*
 *    |C| |K|S|     Reserved    | Ver |         Protocol Type         |
 *    | checksum, key, sequence and acknowledgment numbers, as flagged|
 */
static enum es_next rewrite_gre(struct es_rewrite *walk)
{
    enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x0080 };
    enum { VERSION = 7, PPTP = 1, WORD = 4 };
    if (es_left(&walk->c) < WORD)
        return ES_NEXT_NOTHING;
    const uint8_t *look = walk->c.at;
    const uint16_t flags = get_u16(look);
    const unsigned version = flags & VERSION;
    const unsigned present = flags & (CHECKSUM | KEY | SEQUENCE | (version == PPTP ? ACK : 0));
    if (version > PPTP || (flags & ROUTING))
        return ES_NEXT_NOTHING;
    const uint16_t protocol = get_u16(look + 2);
    uint8_t *h = es_rewrite_take(walk, WORD + (size_t)__builtin_popcount(present) * WORD);
    if (!h)
        return ES_NEXT_NOTHING;
    if (flags & CHECKSUM)
        es_rewrite_mend(walk, h + WORD, h, 0, 0);
    es_trace_ethertype(protocol, walk->c, &walk->trace);
    return ES_NEXT_LINK;
}

/* AH signs addresses too: its ICV fits no more, and nothing here could make it fit. RFC 4302. */
static enum es_next rewrite_ah(struct es_rewrite *walk)
{
    enum { AH_BYTES = 12, WORD = 4 };
    if (es_left(&walk->c) < AH_BYTES)
        return ES_NEXT_NOTHING;
    const size_t length = ((size_t)walk->c.at[1] + 2) * WORD;
    walk->counts->ah++;
    if (length < AH_BYTES || length > es_left(&walk->c)) {
        es_take(&walk->c, AH_BYTES);
        return ES_NEXT_NOTHING;
    }
    walk->protocol = es_rewrite_take(walk, length)[0];
    return ES_NEXT_PROTOCOL;
}

enum es_next es_rewrite_protocol(struct es_rewrite *walk)
{
    switch (walk->protocol) {
    case IP_ICMP:
        return es_rewrite_icmp(walk);
    case IP_ICMPV6:
        return es_rewrite_icmpv6(walk);
    case IP_IPV4:
        return ES_NEXT_IPV4;
    case IP_IPV6:
        return ES_NEXT_IPV6;
    case IP_UDP:
        return rewrite_udp(walk);
    case IP_TCP:
        return rewrite_tcp(walk);
    case IP_GRE:
        return rewrite_gre(walk);
    case IP_ESP:
        return es_rewrite_esp(walk);
    case IP_AH:
        return rewrite_ah(walk);
    case IP_MPLS:
        es_trace_ethertype(ETHERTYPE_MPLS, walk->c, &walk->trace);
        return ES_NEXT_LINK;
    default:
        return ES_NEXT_NOTHING;
    }
}
