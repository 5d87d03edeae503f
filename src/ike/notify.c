/*
 * Notify payloads. RFC 7296, 3.10; RFC 2408, 3.14.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |           Domain of Interpretation (DOI), IKEv1 only          |
 *    |  Protocol ID  |   SPI Size    |      Notify Message Type      |
 *    |                Security Parameter Index (SPI)                 |
 *    |                       Notification Data                       |
 */
#include "espial/ike.h"

bool es_ike_notify_parse(struct es_cursor body, uint8_t major, struct es_ike_notify *out)
{
    if (major == 1)
        es_u32(&body);
    out->protocol = es_u8(&body);
    const uint8_t spi_size = es_u8(&body);
    out->type = es_u16(&body);
    out->spi = es_sub(&body, spi_size);
    out->data = es_sub(&body, es_wire_left(&body));
    return body.fault == ES_FAULT_NONE;
}

/* Only the type, which says of most that they are not the one looked for. 0: cut short before. */
static uint16_t type_of(struct es_cursor body, uint8_t major)
{
    es_skip(&body, major == 1 ? 6 : 2);
    return es_u16(&body);
}

bool es_ike_notify_find(const struct es_ike_message *message, uint16_t type,
                        struct es_ike_notify *out)
{
    const uint8_t major = message->header.major;
    const uint8_t payload = major == 1 ? ES_IKEV1_PAYLOAD_NOTIFY : ES_IKE_PAYLOAD_NOTIFY;
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct es_ike_payload *one = &message->payloads[i];
        if (one->type == payload && type_of(one->body, major) == type &&
            es_ike_notify_parse(one->body, major, out))
            return true;
    }
    return false;
}
