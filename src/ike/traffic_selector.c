/*
 * Traffic selectors: what a Child SA may carry. RFC 7296, 3.13.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |   TS Type     |IP Protocol ID |       Selector Length         |
 *    |           Start Port          |           End Port            |
 *    |                       Starting Address                        |
 *    |                         Ending Address                        |
 */
#include "espial/ike.h"

#include <string.h>

enum {
    HEAD_BYTES = 4, /* type, protocol, length */
    PORT_MAX = 65535,
};

bool es_ike_selectors_begin(struct es_cursor *body, uint8_t *count)
{
    *count = es_u8(body);
    es_skip(body, 3);
    return body->fault == ES_FAULT_NONE;
}

static bool read_range(struct es_cursor *inside, struct es_ike_selector *out)
{
    out->start_port = es_u16(inside);
    out->end_port = es_u16(inside);
    const size_t length = out->type == ES_IKE_TS_IPV4_ADDR_RANGE ? 4 : 16;
    const uint8_t *start = es_take(inside, length);
    const uint8_t *end = es_take(inside, length);
    if (inside->fault != ES_FAULT_NONE || !start || !end)
        return false;
    out->start = length == 4 ? es_address_v4(start) : es_address_v6(start);
    out->end = length == 4 ? es_address_v4(end) : es_address_v6(end);
    out->is_range = true;
    return true;
}

bool es_ike_selectors_next(struct es_cursor *body, struct es_ike_selector *out)
{
    if (!es_more(body))
        return false;
    *out = (struct es_ike_selector){0};
    out->type = es_u8(body);
    out->protocol = es_u8(body);
    const uint16_t length = es_u16(body);
    if (body->fault != ES_FAULT_NONE)
        return false;
    if (length < HEAD_BYTES)
        return es_refuse(body, ES_FAULT_VALUE);
    struct es_cursor inside = es_sub(body, length - (size_t)HEAD_BYTES);
    if (out->type != ES_IKE_TS_IPV4_ADDR_RANGE && out->type != ES_IKE_TS_IPV6_ADDR_RANGE)
        return body->fault == ES_FAULT_NONE;
    return read_range(&inside, out) || es_refuse(body, inside.fault);
}

/* The prefix length when the range is a prefix, else -1. */
static int prefix_of(const struct es_ike_selector *s)
{
    const int first = es_address_is_v4(&s->start) ? 12 : 0;
    int bits = 0;
    int i = first * 8;
    for (; i < 128; i++, bits++) {
        const uint8_t mask = (uint8_t)(0x80 >> (i % 8));
        if ((s->start.bytes[i / 8] & mask) != (s->end.bytes[i / 8] & mask))
            break;
    }
    for (; i < 128; i++) {
        const uint8_t mask = (uint8_t)(0x80 >> (i % 8));
        if ((s->start.bytes[i / 8] & mask) || !(s->end.bytes[i / 8] & mask))
            return -1;
    }
    return bits;
}

void es_text_add_selector(struct es_text *text, const struct es_ike_selector *s)
{
    if (!s->is_range) {
        es_text_addf(text, "selector type %u", s->type);
        return;
    }
    const int prefix = prefix_of(s);
    es_text_add_address(text, &s->start);
    if (prefix >= 0) {
        es_text_addf(text, "/%d", prefix);
    } else {
        es_text_add(text, "-");
        es_text_add_address(text, &s->end);
    }
    if (s->protocol)
        es_text_addf(text, " protocol %u", s->protocol);
    if (s->start_port == s->end_port)
        es_text_addf(text, " port %u", s->start_port);
    else if (s->start_port > s->end_port)
        es_text_add(text, " port opaque");
    else if (s->start_port != 0 || s->end_port != PORT_MAX)
        es_text_addf(text, " ports %u-%u", s->start_port, s->end_port);
}
