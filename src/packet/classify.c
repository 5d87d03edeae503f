/*
 * What the payload of a UDP datagram or of a TCP record is. IKE and ESP share port 4500: four
 * zero bytes, the non-ESP marker, stand where an SPI would, in front of an IKE message.
 */
#include "classify.h"

enum {
    IKE_HEADER_BYTES = 28,
    IKE_LENGTH_OFFSET = 24,
    ESP_HEADER_BYTES = 8,
    MARKER_BYTES = 4,
    SPI_RESERVED_MAX = 255,
    KEEPALIVE = 0xff,
};

/* Exchange types and first payloads of a version: what a message without its marker must show. */
static const struct range {
    uint8_t major;
    uint8_t exchange_first, exchange_last;
    uint8_t payload_first, payload_last;
} ranges[] = {
    {1, 1,   6,   1,  21}, /* RFC 2408, RFC 2407 */
    {1, 32,  33,  1,  21}, /* Quick Mode, New Group Mode */
    {1, 243, 243, 1,  21}, /* vendors' configuration exchange */
    {2, 34,  47,  33, 55}, /* RFC 7296 and extensions */
    {2, 34,  47,  0,  0 }, /* without payloads */
};

static bool in_ranges(uint8_t version, uint8_t exchange, uint8_t payload)
{
    for (size_t i = 0; i < ES_COUNT(ranges); i++) {
        const struct range *r = &ranges[i];
        if (version >> 4 == r->major && exchange >= r->exchange_first &&
            exchange <= r->exchange_last && payload >= r->payload_first &&
            payload <= r->payload_last)
            return true;
    }
    return false;
}

/* Reads an IKE header that could be real; `length` is what it claims. */
static bool looks_like_ike(struct es_cursor payload, uint32_t *length)
{
    const uint64_t initiator_spi = es_u64(&payload);
    es_u64(&payload);
    const uint8_t next_payload = es_u8(&payload);
    const uint8_t version = es_u8(&payload);
    const uint8_t exchange = es_u8(&payload);
    es_u8(&payload);
    es_u32(&payload);
    *length = es_u32(&payload);
    return !payload.fault && initiator_spi != 0 && *length >= IKE_HEADER_BYTES &&
           in_ranges(version, exchange, next_payload);
}

bool es_is_ike_message(struct es_cursor payload)
{
    uint32_t length;
    return looks_like_ike(payload, &length) && length == es_wire_left(&payload);
}

bool es_may_be_ike_message(struct es_cursor payload)
{
    uint32_t length;
    return looks_like_ike(payload, &length) && length >= es_wire_left(&payload);
}

enum es_datagram_kind es_classify_ike(struct es_cursor *payload)
{
    const size_t wire = es_wire_left(payload);
    if (wire == 0)
        return ES_DATAGRAM_OTHER;
    if (wire == 1 && es_left(payload) == 1 && *payload->at == KEEPALIVE)
        return ES_DATAGRAM_KEEPALIVE;
    return ES_DATAGRAM_IKE; /* a broken one too: the ike room says what is wrong with it */
}

/* After the marker: too short for a header, or of no version there ever was. */
static bool cannot_be_ike(const struct es_cursor *payload)
{
    struct es_cursor look = *payload;
    if (es_wire_left(&look) < IKE_HEADER_BYTES)
        return true;
    es_skip(&look, 17);
    const uint8_t major = es_u8(&look) >> 4;
    return look.fault != ES_FAULT_CUT && major != 1 && major != 2;
}

enum es_datagram_kind es_classify_natt(struct es_cursor *payload, bool *marker_missing, bool *cut)
{
    const size_t wire = es_wire_left(payload);
    struct es_cursor look = *payload;
    const uint32_t spi = es_u32(&look);
    if (ES_UNLIKELY(look.fault)) {
        if (wire == 1 && es_left(payload) == 1)
            return *payload->at == KEEPALIVE ? ES_DATAGRAM_KEEPALIVE : ES_DATAGRAM_BAD_NATT;
        *cut = look.fault == ES_FAULT_CUT;
        return wire == 0 || *cut ? ES_DATAGRAM_OTHER : ES_DATAGRAM_BAD_NATT;
    }
    if (spi == 0) {
        look.start = look.at;
        if (cannot_be_ike(&look))
            return ES_DATAGRAM_BAD_NATT;
        *payload = look;
        return ES_DATAGRAM_IKE;
    }
    /* One look at the length field spares ESP the whole test. */
    es_take(&look, IKE_LENGTH_OFFSET - MARKER_BYTES);
    if (ES_UNLIKELY(es_u32(&look) == wire && es_is_ike_message(*payload))) {
        *marker_missing = true;
        return ES_DATAGRAM_IKE;
    }
    return spi <= SPI_RESERVED_MAX || wire < ESP_HEADER_BYTES ? ES_DATAGRAM_BAD_NATT
                                                              : ES_DATAGRAM_ESP;
}
