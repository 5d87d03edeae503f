/*
 * Delete payloads. RFC 7296, 3.11; RFC 2408, 3.15.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |           Domain of Interpretation (DOI), IKEv1 only          |
 *    | Protocol ID   |   SPI Size    |          Num of SPIs          |
 *    |               Security Parameter Index(es) (SPI)              |
 */
#include "espial/ike.h"

bool es_ike_delete_parse(struct es_cursor body, uint8_t major, struct es_ike_delete *out)
{
    if (major == 1)
        es_u32(&body);
    out->protocol = es_u8(&body);
    out->spi_size = es_u8(&body);
    out->count = es_u16(&body);
    out->spis = es_sub(&body, (size_t)out->count * out->spi_size);
    return body.fault == ES_FAULT_NONE && es_wire_left(&body) == 0;
}
