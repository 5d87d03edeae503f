/*
 * The AH header. RFC 4302, 2.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    | Next Header   |  Payload Len  |          RESERVED             |
 *    |                 Security Parameters Index (SPI)               |
 *    |                    Sequence Number Field                      |
 *    |                Integrity Check Value (variable)               |
 */
#include "espial/esp.h"

enum {
    WORD_BYTES = 4,
    HEADER_BYTES = 12, /* without the ICV */
};

bool es_ah_parse(struct es_cursor *payload, struct es_esp_packet *out)
{
    const struct es_cursor whole = *payload;
    out->length = (uint32_t)es_wire_left(payload);
    out->next_header = es_u8(payload);
    const uint8_t words = es_u8(payload);
    es_u16(payload); /* reserved */
    out->spi = es_u32(payload);
    out->sequence = es_u32(payload);
    if (payload->fault != ES_FAULT_NONE)
        return false;

    /* The field counts 32-bit words and leaves two out: IPv6's way to count extension headers. */
    const size_t header = ((size_t)words + 2) * WORD_BYTES;
    if (header >= HEADER_BYTES && header <= es_wire_left(&whole))
        return true;
    *payload = whole;
    payload->at++;
    return es_refuse(payload, header < HEADER_BYTES ? ES_FAULT_VALUE : ES_FAULT_SHORT);
}
