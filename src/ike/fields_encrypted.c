/*
 * Fields of payloads that hold others: boundaries only, what is inside comes after opening.
 *
 * SK (RFC 7296, 3.14): `encrypted_data` (IV, ciphertext and ICV).
 * SKF (RFC 7383, 2.5): `fragment_number`, `fragment_total`, `encrypted_data`.
 * IKEv1's vendor fragment: `fragment_id`, `fragment_number`, `last_fragment`, `fragment_data`.
 */
#include "fields.h"

void es_fields_sealed(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_rest(fields, body, ES_FIELD_HEX, "encrypted_data");
}

void es_fields_sealed_fragment(struct es_fields *fields, struct es_cursor *body)
{
    const uint8_t *const number_field = body->at;
    const uint64_t number = es_fields_number(fields, body, "fragment_number", 2);
    const uint64_t total = es_fields_number(fields, body, "fragment_total", 2);
    if (number == 0 || number > total)
        es_fields_refuse(fields, number_field, ES_FAULT_VALUE,
                         "fragment number 0 or above the total");
    es_fields_sealed(fields, body);
}

/*
 *    |          Fragment ID          |  Number       |     Flags     |
 *    |                         Fragment data                         |
 */
void es_fields_vendor_fragment(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_number(fields, body, "fragment_id", 2);
    es_fields_number(fields, body, "fragment_number", 1);
    es_fields_bool(fields, body, "last_fragment");
    es_fields_rest(fields, body, ES_FIELD_HEX, "fragment_data");
}
