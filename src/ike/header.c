/*
 * The header of both versions. RFC 7296, 3.1; RFC 2408, 3.1.
 */
#include "espial/ike.h"

bool es_ike_header_parse(struct es_cursor *message, struct es_ike_header *out)
{
    out->initiator_spi = es_u64(message);
    out->responder_spi = es_u64(message);
    out->next_payload = es_u8(message);
    const uint8_t version = es_u8(message);
    out->major = version >> 4;
    out->minor = version & 15;
    out->exchange_type = es_u8(message);
    out->flags = es_u8(message);
    out->message_id = es_u32(message);
    out->length = es_u32(message);
    return message->fault == ES_FAULT_NONE;
}

bool es_ike_is_response(const struct es_ike_header *header)
{
    return header->major == 2 && (header->flags & ES_IKE_FLAG_RESPONSE) != 0;
}
