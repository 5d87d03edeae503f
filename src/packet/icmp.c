/*
 * ICMP and ICMPv6 errors about IKE, ESP and AH: they quote the packet they refuse, at times no
 * more of it than eight bytes behind its IP header. RFC 792, RFC 1191, RFC 4443, RFC 4884.
 */
#include "classify.h"
#include "decoder.h"
#include "ip.h"
#include "numbers.h"

enum { UDP_BYTES = 8 };

/* What the two versions do differently. */
struct form {
    bool v6;
    uint8_t length_at;   /* of RFC 4884's length among the four bytes behind the checksum */
    uint8_t length_unit; /* bytes that it counts in */
};

enum form_index { FORM_V4, FORM_V6 };

static const struct form forms[] = {
    [FORM_V4] = {.v6 = false, .length_at = 1, .length_unit = 4},
    [FORM_V6] = {.v6 = true,  .length_at = 0, .length_unit = 8},
};

/* The errors that refuse a packet; `field` is what their four bytes hold. */
enum field { UNUSED, LENGTH, MTU };

static const struct error {
    bool v6;
    uint8_t type;
    int16_t code; /* -1: all others */
    enum field field;
} errors[] = {
    {false, 3,  4,  MTU   }, /* fragmentation needed */
    {false, 3,  -1, LENGTH}, /* destination unreachable */
    {false, 11, -1, LENGTH}, /* time exceeded */
    {false, 12, -1, LENGTH}, /* parameter problem */
    {true,  1,  -1, LENGTH}, /* destination unreachable */
    {true,  2,  -1, MTU   }, /* packet too big */
    {true,  3,  -1, LENGTH}, /* time exceeded */
    {true,  4,  -1, UNUSED}, /* parameter problem: a pointer */
};

static const struct error *find_error(bool v6, uint8_t type, uint8_t code)
{
    for (size_t i = 0; i < ES_COUNT(errors); i++) {
        const struct error *e = &errors[i];
        if (e->v6 == v6 && e->type == type && (e->code < 0 || e->code == code))
            return e;
    }
    return NULL;
}

/* What is known of the quoted packet. */
struct quote {
    uint8_t protocol;
    bool headless; /* a later fragment: no ports, no SPI */
    size_t length; /* of what follows the IP header, on the wire of the quoted packet */
};

static bool read_v4(struct es_cursor *c, struct es_datagram *out, struct quote *quote)
{
    const uint8_t *h = es_take(c, ES_IPV4_HEADER_BYTES);
    if (!h)
        return false;
    const size_t header = (size_t)(h[0] & 15) * 4;
    const size_t total = (size_t)(h[2] << 8 | h[3]);
    if (h[0] >> 4 != 4 || header < ES_IPV4_HEADER_BYTES || total < header)
        return false;
    es_take(c, header - ES_IPV4_HEADER_BYTES);
    quote->protocol = h[9];
    quote->headless = ((h[6] & 0x1f) | h[7]) != 0;
    quote->length = total - header;
    out->ip_length = (uint32_t)total;
    out->ip_id = (uint32_t)(h[4] << 8 | h[5]);
    es_address_put_v4(&out->source, h + 12);
    es_address_put_v4(&out->destination, h + 16);
    return !c->fault;
}

static bool read_v6(struct es_cursor *c, struct es_datagram *out, struct quote *quote)
{
    const uint8_t *h = es_take(c, ES_IPV6_HEADER_BYTES);
    if (!h || h[0] >> 4 != 6)
        return false;
    const size_t start = es_offset(c);
    const size_t length = (size_t)(h[4] << 8 | h[5]);
    uint8_t protocol = h[6];
    out->ip_length = (uint32_t)(ES_IPV6_HEADER_BYTES + length);
    out->ip_id = 0;
    memcpy(out->source.bytes, h + 8, sizeof(out->source.bytes));
    memcpy(out->destination.bytes, h + 24, sizeof(out->destination.bytes));
    es_ipv6_skip_extensions(c, &protocol);
    if (protocol == ES_IP_FRAGMENT) {
        protocol = es_u8(c);
        es_u8(c);
        quote->headless = (es_u16(c) & 0xfff8) != 0;
        out->ip_id = es_u32(c);
        if (!quote->headless)
            es_ipv6_skip_extensions(c, &protocol);
    }
    const size_t extensions = es_offset(c) - start;
    quote->protocol = protocol;
    quote->length = length > extensions ? length - extensions : 0;
    return !c->fault;
}

/*
 * Makes the window `wire` bytes long, as the quoted packet was: what the error does not quote
 * counts as not captured, since its sender need not quote it.
 */
static void stretch(struct es_cursor *c, size_t wire)
{
    *c = es_cursor(c->at, es_left(c), wire);
}

/* The quoted UDP datagram: which of ours it was. OTHER when it was none. */
static bool read_udp(struct es_walk *walk, struct es_cursor *c, enum es_datagram_kind *kind)
{
    struct es_datagram *out = walk->out;
    const struct es_port_set *custom = &walk->decoder->ike_ports;
    out->source_port = es_u16(c);
    out->destination_port = es_u16(c);
    const uint16_t length = es_u16(c);
    es_u16(c);
    if (c->fault)
        return false;
    if (length > UDP_BYTES)
        stretch(c, (size_t)(length - UDP_BYTES));
    const uint16_t ports[] = {out->source_port, out->destination_port};
    bool natt = false, ike = false, either = false;
    for (size_t i = 0; i < ES_COUNT(ports); i++) {
        natt |= ports[i] == ES_PORT_NATT;
        ike |= ports[i] == ES_PORT_IKE;
        either |= es_port_set_has(custom, ports[i]);
    }
    bool cut = false;
    if (natt)
        *kind = es_classify_natt(c, &out->marker_missing, &cut);
    else if (ike || (either && es_may_be_ike_message(*c)))
        *kind = es_classify_ike(c);
    else if (either)
        *kind = es_classify_natt(c, &out->marker_missing, &cut);
    if (*kind == ES_DATAGRAM_OTHER && cut && es_wire_left(c) == 1)
        *kind = ES_DATAGRAM_KEEPALIVE;
    out->encapsulation = natt || (either && !ike) ? ES_ENCAPSULATION_UDP : ES_ENCAPSULATION_RAW;
    return natt || ike || either;
}

/* Reads the quote. True when it is about IPsec; the cursor then stands on the quoted payload. */
static bool read_quote(struct es_walk *walk, bool v6, enum es_datagram_kind *kind)
{
    struct es_cursor *c = &walk->cursor;
    struct es_datagram *out = walk->out;
    struct quote quote = {.headless = false};
    c->start = c->at;
    if (!(v6 ? read_v6 : read_v4)(c, out, &quote))
        return false;
    out->encapsulation = ES_ENCAPSULATION_RAW;
    if (es_ip_protocol_is_ipsec(quote.protocol)) {
        *kind = quote.protocol == ES_IP_ESP ? ES_DATAGRAM_ESP : ES_DATAGRAM_AH;
        if (quote.headless)
            *c = es_cursor(c->at, 0, quote.length);
        else
            stretch(c, quote.length);
        return true;
    }
    return quote.protocol == ES_IP_UDP && !quote.headless && read_udp(walk, c, kind);
}

/*
 *    |     Type      |     Code      |          Checksum             |
 *    |  unused, length of the quote, pointer or next-hop MTU         |
 *    |      quoted IP header and the start of its payload …          |
 */
static enum es_layer error_layer(struct es_walk *walk, const struct form *form)
{
    struct es_cursor *c = &walk->cursor;
    struct es_datagram *out = walk->out;
    const uint8_t type = es_u8(c);
    const uint8_t code = es_u8(c);
    const struct error *error = find_error(form->v6, type, code);
    if (!error && !c->fault)
        return ES_LAYER_NONE;
    es_u16(c);
    const uint8_t *field = es_take(c, 4);
    if (!field || !error) {
        walk->cut = c->fault == ES_FAULT_CUT;
        return ES_LAYER_NONE;
    }
    uint32_t mtu = 0;
    if (error->field == MTU) {
        const uint32_t low = (uint32_t)(field[2] << 8 | field[3]);
        mtu = form->v6 ? (uint32_t)(field[0] << 8 | field[1]) << 16 | low : low;
    }
    const size_t quoted = (size_t)field[form->length_at] * form->length_unit;
    if (error->field == LENGTH && quoted && quoted < es_wire_left(c))
        *c = es_sub(c, quoted);
    const struct es_address reporter = out->source;
    enum es_datagram_kind kind = ES_DATAGRAM_OTHER;
    if (!read_quote(walk, form->v6, &kind)) {
        walk->cut = c->fault == ES_FAULT_CUT;
        return ES_LAYER_NONE;
    }
    out->icmp = (struct es_icmp_error){
        .reporter = reporter,
        .type = type,
        .code = code,
        .v6 = form->v6,
        .mtu = mtu,
        .quoted_kind = kind,
    };
    return es_walk_found(walk, ES_DATAGRAM_ICMP_ERROR, out->encapsulation);
}

enum es_layer es_icmp_layer(struct es_walk *walk)
{
    return error_layer(walk, &forms[FORM_V4]);
}

enum es_layer es_icmpv6_layer(struct es_walk *walk)
{
    return error_layer(walk, &forms[FORM_V6]);
}
