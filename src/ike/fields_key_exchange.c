/*
 * Fields of key exchange and nonce payloads.
 *
 * KE: `ke_method` (IKEv2 only), `key_exchange_data`. RFC 7296, 3.4; RFC 2408, 3.7.
 * Nonce: `nonce`. RFC 7296, 3.9; RFC 2408, 3.13.
 */
#include "fields.h"

void es_fields_key_exchange(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_named(fields, body, "ke_method", 2, &es_registry_ike_ke_method);
    es_fields_skip(fields, body, 2);
    es_fields_rest(fields, body, ES_FIELD_HEX, "key_exchange_data");
}

void es_fields_key_exchange_ikev1(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_rest(fields, body, ES_FIELD_HEX, "key_exchange_data");
}

void es_fields_nonce(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_rest(fields, body, ES_FIELD_HEX, "nonce");
}
