/*
 * Key exchange payloads. RFC 7296, 3.4; RFC 2408, 3.7 (data only).
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |   Diffie-Hellman Group Num    |           RESERVED            |
 *    |                       Key Exchange Data                       |
 */
#include "espial/ike.h"

bool es_ike_key_exchange_parse(struct es_cursor body, uint8_t major,
                               struct es_ike_key_exchange *out)
{
    out->method = 0;
    if (major != 1) {
        out->method = es_u16(&body);
        es_u16(&body); /* reserved */
    }
    out->data = es_sub(&body, es_wire_left(&body));
    return body.fault == ES_FAULT_NONE;
}
