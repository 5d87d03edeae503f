/*
 * What the payload of a UDP datagram or of a TCP record is. IKE and ESP share port 4500: four
 * zero bytes, the non-ESP marker, stand where an SPI would, in front of an IKE message.
 */
#include "classify.h"

#include "espial/registry.h"

enum {
    IKE_HEADER_BYTES = 28,
    IKE_LENGTH_OFFSET = 24,
    ESP_HEADER_BYTES = 8,
    MARKER_BYTES = 4,
    SPI_RESERVED_MAX = 255,
    KEEPALIVE = 0xff,
    PRIVATE_EXCHANGES = 240, /* from here on: vendors' own, of IKEv1 */
};

/* Of a version there is, with an exchange type and a first payload that this version has. */
static bool is_known(uint8_t version, uint8_t exchange, uint8_t payload)
{
    const unsigned major = version >> 4;
    const bool of_ikev2 = exchange >= ES_IKE_EXCHANGE_IKE_SA_INIT && exchange < PRIVATE_EXCHANGES;
    if (!es_registry_find(&es_registry_ike_exchange, exchange))
        return false;
    if (major == 1)
        return !of_ikev2 && payload != 0 && es_registry_find(&es_registry_ikev1_payload, payload);
    return major == 2 && of_ikev2 && es_registry_find(&es_registry_ike_payload, payload);
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
           is_known(version, exchange, next_payload);
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

/*
 * ESP on port 500, as the first drafts of NAT traversal had it: eight zero bytes, where IKE has its
 * initiator's SPI, then ESP. (draft-ietf-ipsec-udp-encaps-00, 2.1)
 */
static bool is_esp_behind_non_ike_marker(struct es_cursor *payload)
{
    struct es_cursor look = *payload;
    if (es_u64(&look) != 0)
        return false;
    struct es_cursor esp = look;
    esp.start = esp.at;
    const uint32_t spi = es_u32(&look);
    const uint32_t sequence = es_u32(&look);
    if (look.fault || spi <= SPI_RESERVED_MAX || sequence == 0 || !es_more(&look))
        return false;
    *payload = esp;
    return true;
}

/*
 * ESP on port 500 with nothing in front: not as long as it would say if it were IKE, and a sequence
 * number that a young SA has, where an IKE message has half of a random SPI.
 */
static bool is_bare_esp(const struct es_cursor *payload)
{
    enum { YOUNG_SEQUENCE = 0x10000, LEAST_BYTES = 40 };
    const size_t wire = es_wire_left(payload);
    struct es_cursor look = *payload;
    const uint32_t spi = es_u32(&look);
    const uint32_t sequence = es_u32(&look);
    es_skip(&look, IKE_LENGTH_OFFSET - ESP_HEADER_BYTES);
    const uint32_t length = es_u32(&look);
    return !look.fault && wire >= LEAST_BYTES && wire % 4 == 0 && spi > SPI_RESERVED_MAX &&
           sequence != 0 && sequence < YOUNG_SEQUENCE && length != wire;
}

enum es_datagram_kind es_classify_ike(struct es_cursor *payload)
{
    const size_t wire = es_wire_left(payload);
    if (wire == 0)
        return ES_DATAGRAM_OTHER;
    if (wire == 1 && es_left(payload) == 1 && *payload->at == KEEPALIVE)
        return ES_DATAGRAM_KEEPALIVE;
    if (ES_UNLIKELY(is_esp_behind_non_ike_marker(payload) || is_bare_esp(payload)))
        return ES_DATAGRAM_ESP;
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
        *cut = payload->missing > 0;
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
