/*
 * Fields of payloads that prove who a peer is, but for certificates.
 *
 * AUTH (RFC 7296, 3.8): `auth_method`, `auth_data`; with digital signatures (RFC 7427, 3)
 * `algorithm_identifier_length`, `algorithm_identifier`, `signature_algorithm`, for RSASSA-PSS
 * `signature_hash` and `salt_length`, then `signature`.
 * HASH: `hash`. SIG: `signature`. RFC 2408, 3.11 and 3.12.
 * EAP (RFC 3748, 4): `eap_code`, `eap_identifier`, `eap_length`, `eap_type`; then by type
 * `identity`, a group `eap_desired_types` each `eap_desired_type`, `eap_vendor` and
 * `eap_vendor_type`; else `eap_data`.
 */
#include "fields.h"

#include "der.h"

static const struct es_oid *oid_in(struct es_cursor *sequence)
{
    struct es_cursor oid;
    if (!es_der_expect(sequence, ES_DER_OID, &oid))
        return NULL;
    return es_oid_find(&es_oids_signature_algorithm, oid.at, es_left(&oid));
}

/* The hash and the salt's length of RSASSA-PSS; SHA-1 and 20 unless told. RFC 8017, A.2.3. */
static void put_pss_parameters(struct es_fields *fields, struct es_cursor *algorithm)
{
    enum { PARAMETER_HASH = ES_DER_CONTEXT, PARAMETER_SALT_LENGTH = ES_DER_CONTEXT + 2 };
    struct es_cursor parameters;
    if (!es_der_expect(algorithm, ES_DER_SEQUENCE, &parameters))
        return;
    uint8_t last = 0;
    uint8_t tag = 0;
    struct es_cursor parameter;
    while (es_more(&parameters) && es_der_next(&parameters, &tag, &parameter) && tag > last) {
        struct es_cursor inside;
        last = tag; /* they ascend: none comes twice */
        if (tag == PARAMETER_HASH && es_der_expect(&parameter, ES_DER_SEQUENCE, &inside)) {
            const struct es_oid *hash = oid_in(&inside);
            if (hash)
                es_fields_note(fields, "signature_hash", hash->symbol);
        } else if (tag == PARAMETER_SALT_LENGTH &&
                   es_der_expect(&parameter, ES_DER_INTEGER, &inside)) {
            es_fields_value(fields, &inside, "salt_length", NULL);
        }
    }
}

static void walk_digital_signature(struct es_fields *fields, struct es_cursor *body)
{
    const uint8_t *const length_field = body->at;
    const size_t length = (size_t)es_fields_number(fields, body, "algorithm_identifier_length", 1);
    if (!es_fields_sound(fields))
        return;
    if (length > es_wire_left(body)) {
        es_fields_refuse(fields, length_field, ES_FAULT_SHORT,
                         "AlgorithmIdentifier beyond its payload");
        return;
    }
    struct es_cursor window = *body;
    struct es_cursor der = es_sub(&window, length);
    es_fields_bytes(fields, body, ES_FIELD_HEX, "algorithm_identifier", length);
    struct es_cursor algorithm;
    if (es_der_expect(&der, ES_DER_SEQUENCE, &algorithm)) {
        const struct es_oid *oid = oid_in(&algorithm);
        es_fields_note(fields, "signature_algorithm", oid ? oid->symbol : "unknown");
        put_pss_parameters(fields, &algorithm);
    }
    es_fields_rest(fields, body, ES_FIELD_HEX, "signature");
}

void es_fields_auth(struct es_fields *fields, struct es_cursor *body)
{
    const uint64_t method =
        es_fields_named(fields, body, "auth_method", 1, &es_registry_ike_auth_method);
    es_fields_skip(fields, body, 3);
    if (method == ES_IKE_AUTH_METHOD_DIGITAL_SIGNATURE)
        walk_digital_signature(fields, body);
    else
        es_fields_rest(fields, body, ES_FIELD_HEX, "auth_data");
}

void es_fields_hash(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_rest(fields, body, ES_FIELD_HEX, "hash");
}

void es_fields_signature(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_rest(fields, body, ES_FIELD_HEX, "signature");
}

static void walk_eap_method(struct es_fields *fields, struct es_cursor *inside)
{
    const uint64_t type = es_fields_named(fields, inside, "eap_type", 1, &es_registry_eap_type);
    if (type == ES_EAP_TYPE_IDENTITY) {
        es_fields_rest(fields, inside, ES_FIELD_TEXT, "identity");
    } else if (type == ES_EAP_TYPE_NAK) {
        es_fields_list(fields, inside, "eap_desired_types", "eap_desired_type", 1,
                       &es_registry_eap_type);
    } else if (type == ES_EAP_TYPE_EXPANDED) {
        es_fields_number(fields, inside, "eap_vendor", 3);
        es_fields_number(fields, inside, "eap_vendor_type", 4);
        es_fields_rest(fields, inside, ES_FIELD_HEX, "eap_data");
    } else {
        es_fields_rest(fields, inside, ES_FIELD_HEX, "eap_data");
    }
}

/*
 *    |     Code      | Identifier    |           EAP Length          |
 *    |     Type      | Type_Data                                     |
 */
void es_fields_eap(struct es_fields *fields, struct es_cursor *body)
{
    enum { HEAD_BYTES = 4 };
    const size_t wire = es_wire_left(body);
    const uint64_t code = es_fields_named(fields, body, "eap_code", 1, &es_registry_eap_code);
    es_fields_number(fields, body, "eap_identifier", 1);
    const uint8_t *const length_field = body->at;
    const size_t length = (size_t)es_fields_number(fields, body, "eap_length", 2);
    if (!es_fields_sound(fields))
        return;
    if (length < HEAD_BYTES || length > wire) {
        es_fields_refuse(fields, length_field, length > wire ? ES_FAULT_SHORT : ES_FAULT_VALUE,
                         "EAP length does not fit its payload");
        return;
    }
    struct es_cursor inside = es_sub(body, length - HEAD_BYTES);
    const bool has_type = code != ES_EAP_CODE_SUCCESS && code != ES_EAP_CODE_FAILURE;
    if (has_type && es_wire_left(&inside) > 0)
        walk_eap_method(fields, &inside);
    else
        es_fields_rest(fields, &inside, ES_FIELD_HEX, "eap_data");
}
