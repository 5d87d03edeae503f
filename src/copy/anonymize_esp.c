/*
 * ESP. What is encrypted stays. What is not (RFC 2410, RFC 4543) shows an inner packet, which is
 * rewritten like any other. A packet tells by itself: lengths, checksums and the trailer fit, which
 * chance hardly ever does; and a flow that has shown it again and again goes on so.
 */
#include "anonymize_state.h"

#include <string.h>

enum {
    IV_BYTES = 8, /* of RFC 4543; RFC 2410 has none */
    TRAILER_BYTES = 2,
    TRAILER_MAX = 255 + TRAILER_BYTES + 32, /* padding, its two bytes and an ICV */
    V4_HEADER = 20,
    V6_HEADER = 40,
    UDP_BYTES = 8,
    TCP_BYTES = 20,
    ICMP_BYTES = 8,
};

enum { IP_ICMP = 1, IP_IPV4 = 4, IP_TCP = 6, IP_UDP = 17, IP_IPV6 = 41, IP_ICMPV6 = 58 };

/* What an ESP packet shows in clear. */
struct inside {
    size_t at, length; /* from the SPI on; of the packet without padding */
    uint8_t protocol;
};

static uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* `rest`: bytes on the wire from `at` on. A total length that leaves a trailer, and no more. */
static bool leaves_trailer(size_t total, size_t rest, bool partial)
{
    if (partial)
        return total + TRAILER_BYTES > rest;
    return total + TRAILER_BYTES <= rest && total + TRAILER_MAX >= rest;
}

/* Padding counts up from 1. RFC 4303, 2.4. */
static bool is_trailer(const uint8_t *at, size_t size, size_t *padding)
{
    if (size < TRAILER_BYTES)
        return false;
    *padding = at[size - TRAILER_BYTES];
    if (*padding > size - TRAILER_BYTES)
        return false;
    const uint8_t *pad = at + size - TRAILER_BYTES - *padding;
    for (size_t i = 0; i < *padding; i++) {
        if (pad[i] != i + 1)
            return false;
    }
    return true;
}

/* Bytes that an ICV may have. */
static const uint8_t icvs[] = {12, 16, 24, 32, 8, 0};

/* What follows the inner packet is padding that names it, and an ICV. */
static bool is_trailer_of(const uint8_t *at, size_t size, uint8_t protocol)
{
    for (size_t i = 0; i < ES_COUNT(icvs); i++) {
        size_t padding = 0;
        if (size < icvs[i] || !is_trailer(at, size - icvs[i], &padding))
            continue;
        const size_t end = size - icvs[i];
        if (at[end - 1] == protocol && padding + TRAILER_BYTES == end)
            return true;
    }
    return false;
}

static bool is_ipv4(const uint8_t *at, size_t held, size_t rest, bool partial, struct inside *out)
{
    if (held < V4_HEADER || at[0] >> 4 != 4)
        return false;
    const size_t header = (size_t)(at[0] & 15) * 4;
    const size_t total = get_u16(at + 2);
    if (header < V4_HEADER || header > held || total < header ||
        !leaves_trailer(total, rest, partial))
        return false;
    out->protocol = IP_IPV4;
    out->length = total;
    /* A header checksum that was left to the card is 0; the trailer then has to do. */
    return es_rewrite_sum(at, header) % 0xffff == 0 ||
           (held == rest && !partial && is_trailer_of(at + total, rest - total, IP_IPV4));
}

static bool is_ipv6(const uint8_t *at, size_t held, size_t rest, bool partial, struct inside *out)
{
    static const uint8_t carried[] = {0, IP_IPV4, IP_TCP, IP_UDP, IP_IPV6, 43, 44, IP_ICMPV6, 60};
    if (held < V6_HEADER || at[0] >> 4 != 6)
        return false;
    const size_t total = get_u16(at + 4) + (size_t)V6_HEADER;
    if (!leaves_trailer(total, rest, partial) || !memchr(carried, at[6], sizeof(carried)))
        return false;
    out->protocol = IP_IPV6;
    out->length = total;
    return partial || held < rest || is_trailer_of(at + total, rest - total, IP_IPV6);
}

/* Addresses of the pseudo header: those of the packet around, in transport mode. */
static bool sums_up(const struct es_rewrite *walk, const uint8_t *at, size_t size, uint8_t protocol)
{
    const size_t address = walk->v6 ? 16 : 4;
    const size_t from = sizeof(walk->source.bytes) - address;
    uint64_t sum = es_rewrite_sum(at, size);
    if (protocol != IP_ICMP)
        sum += es_rewrite_sum(walk->source.bytes + from, address) +
               es_rewrite_sum(walk->destination.bytes + from, address) + protocol + size;
    return sum % 0xffff == 0;
}

static bool is_transport(const struct es_rewrite *walk, const uint8_t *at, size_t size,
                         uint8_t protocol)
{
    switch (protocol) {
    case IP_UDP:
        return size >= UDP_BYTES && get_u16(at + 4) == size;
    case IP_TCP:
        return size >= TCP_BYTES && sums_up(walk, at, size, protocol);
    case IP_ICMP:
    case IP_ICMPV6:
        return size >= ICMP_BYTES && sums_up(walk, at, size, protocol);
    default:
        return false;
    }
}

/* Transport mode in clear, in front of one of the usual ICVs. */
static bool find_transport(const struct es_rewrite *walk, const uint8_t *at, size_t size,
                           struct inside *out)
{
    for (size_t i = 0; i < ES_COUNT(icvs); i++) {
        size_t padding = 0;
        if (size < icvs[i] || !is_trailer(at, size - icvs[i], &padding))
            continue;
        const size_t inner = size - icvs[i] - TRAILER_BYTES - padding;
        const uint8_t protocol = at[size - icvs[i] - 1];
        if (!is_transport(walk, at, inner, protocol))
            continue;
        out->protocol = protocol;
        out->length = inner;
        return true;
    }
    return false;
}

static bool find_inside(const struct es_rewrite *walk, const struct es_cursor *esp,
                        struct inside *out)
{
    const size_t held = es_left(esp), wire = es_wire_left(esp);
    static const size_t starts[] = {ES_ESP_HEADER_BYTES, ES_ESP_HEADER_BYTES + IV_BYTES};
    for (size_t i = 0; i < ES_COUNT(starts); i++) {
        const size_t start = starts[i];
        if (held <= start)
            return false;
        out->at = start;
        const uint8_t *at = esp->at + start;
        const size_t left = held - start, rest = wire - start;
        const bool partial = walk->partial;
        if (is_ipv4(at, left, partial ? left : rest, partial, out) ||
            is_ipv6(at, left, partial ? left : rest, partial, out) ||
            (held == wire && find_transport(walk, at, left, out)))
            return true;
    }
    return false;
}

/* The flow of an SPI to a destination; new ones forget all others when there are too many. */
static struct es_anon_flow *find_flow(struct es_rewrite *walk, uint32_t spi)
{
    struct es_anonymizer *anonymizer = walk->anonymizer;
    const struct es_anon_flow_key key = {walk->destination, spi};
    struct es_table *table = &anonymizer->flow_table;
    struct es_anon_flow *flow = es_table_find(table, &key);
    if (flow)
        return flow;
    if (table->count == ES_ANON_FLOWS) {
        es_table_fini(table);
        es_table_init(table, sizeof(key), ES_ANON_FLOWS, anonymizer->options.seed);
    }
    flow = &anonymizer->flows[table->count];
    *flow = (struct es_anon_flow){.key = key};
    return es_table_add(table, flow) ? flow : NULL;
}

/* What was shown more than now and then, or is judged so by its trailers. */
static bool is_clear(const struct es_anon_flow *flow)
{
    enum { AT_LEAST = 2, OF = 4 };
    return (flow->clear >= AT_LEAST && flow->clear * OF >= flow->packets) ||
           es_esp_judge(&flow->shape).cipher == ES_ESP_CIPHER_NULL;
}

/* Clear, but of what form? Nothing between the header and the trailer stays. */
static void blank(struct es_rewrite *walk, const struct es_anon_flow *flow)
{
    const struct es_esp_plausible form = es_esp_judge(&flow->shape);
    const size_t held = es_left(&walk->c);
    size_t padding = 0, tail = 0;
    if (form.cipher == ES_ESP_CIPHER_NULL && walk->c.missing == 0 && held >= form.icv &&
        is_trailer(walk->c.at, held - form.icv, &padding))
        tail = form.icv + padding + TRAILER_BYTES;
    es_rewrite_zero(walk, walk->c.at, walk->c.end - tail);
    es_rewrite_keep(walk);
}

enum es_next es_rewrite_esp(struct es_rewrite *walk)
{
    struct es_cursor look = walk->c;
    struct es_esp_packet packet;
    if (!es_esp_parse(&look, &packet)) {
        es_rewrite_keep(walk); /* not even its eight bytes */
        return ES_NEXT_NOTHING;
    }
    struct es_anon_flow *flow = find_flow(walk, packet.spi);
    if (flow && !walk->partial)
        es_esp_shape_add(&flow->shape, &packet, walk->c);
    if (flow)
        flow->packets++;
    struct inside inside;
    const struct es_cursor esp = walk->c;
    if (find_inside(walk, &esp, &inside)) {
        if (flow)
            flow->clear++;
        walk->counts->clear_esp++;
        es_rewrite_take(walk, inside.at);
        /* The trailer is out of the walk's sight, and stays. */
        walk->c = es_sub(&walk->c, inside.length < es_wire_left(&walk->c) ? inside.length
                                                                          : es_wire_left(&walk->c));
        walk->protocol = inside.protocol;
        return ES_NEXT_PROTOCOL;
    }
    es_rewrite_take(walk, ES_ESP_HEADER_BYTES);
    if (flow && is_clear(flow)) {
        walk->counts->clear_esp++;
        blank(walk, flow);
        return ES_NEXT_NOTHING;
    }
    es_rewrite_keep(walk);
    walk->sealed = true;
    return ES_NEXT_NOTHING;
}
