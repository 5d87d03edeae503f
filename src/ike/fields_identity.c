/*
 * Fields of identification payloads, and of NAT-OA, which is one address told the same way.
 *
 * ID (RFC 7296, 3.5; RFC 2407, 4.6.2): `id_type`; IKEv1: `id_protocol`, `id_port`; then by type
 * `address`; `address` and `netmask`; `start_address` and `end_address`; `identity` (text); else
 * `identity_data`, for names with `identity` (the name as text), for a key ID too when it is text.
 * NAT-OA (RFC 3947, 5.2): `id_type`, `address`.
 */
#include "fields.h"

#include "der.h"

/* How the data of a type is read. */
struct id_form {
    uint8_t type;
    uint8_t address;            /* bytes of one address; 0: text */
    const char *first, *second; /* names of the addresses; second NULL: one address */
};

static const struct id_form forms[] = {
    {ES_IKE_ID_IPV4_ADDR,        4,  "address",       NULL         },
    {ES_IKE_ID_FQDN,             0,  NULL,            NULL         },
    {ES_IKE_ID_RFC822_ADDR,      0,  NULL,            NULL         },
    {ES_IKE_ID_IPV4_ADDR_SUBNET, 4,  "address",       "netmask"    },
    {ES_IKE_ID_IPV6_ADDR,        16, "address",       NULL         },
    {ES_IKE_ID_IPV6_ADDR_SUBNET, 16, "address",       "netmask"    },
    {ES_IKE_ID_IPV4_ADDR_RANGE,  4,  "start_address", "end_address"},
    {ES_IKE_ID_IPV6_ADDR_RANGE,  16, "start_address", "end_address"},
};

static const struct id_form *form_find(uint8_t type)
{
    for (size_t i = 0; i < ES_COUNT(forms); i++) {
        if (forms[i].type == type)
            return &forms[i];
    }
    return NULL;
}

static bool is_text(struct es_cursor data)
{
    if (data.missing > 0 || es_left(&data) == 0)
        return false;
    while (es_left(&data) > 0) {
        const uint8_t byte = es_u8(&data);
        if (byte < ' ' || byte > '~')
            return false;
    }
    return true;
}

/* What an opaque identity reads as, beside its bytes. */
static void put_reading(struct es_fields *fields, uint8_t type, struct es_cursor data)
{
    char chars[ES_DN_CHARS_MAX];
    const size_t length = type == ES_IKE_ID_DER_ASN1_DN ? es_dn_chars(data, chars) : 0;
    if (length > 0)
        es_fields_text(fields, "identity", chars, length);
    else if (type == ES_IKE_ID_KEY_ID && is_text(data))
        es_fields_text(fields, "identity", (const char *)data.at, es_left(&data));
}

static void walk_data(struct es_fields *fields, struct es_cursor *body, uint8_t type)
{
    const struct id_form *form = form_find(type);
    if (form && form->address) {
        es_fields_bytes(fields, body, ES_FIELD_ADDRESS, form->first, form->address);
        if (form->second)
            es_fields_bytes(fields, body, ES_FIELD_ADDRESS, form->second, form->address);
    } else if (form) {
        es_fields_rest(fields, body, ES_FIELD_TEXT, "identity");
    } else {
        put_reading(fields, type, *body);
        es_fields_rest(fields, body, ES_FIELD_HEX, "identity_data");
    }
}

void es_fields_identity(struct es_fields *fields, struct es_cursor *body)
{
    const uint8_t type = (uint8_t)es_fields_named(fields, body, "id_type", 1, &es_registry_ike_id);
    es_fields_skip(fields, body, 3);
    walk_data(fields, body, type);
}

void es_fields_identity_ikev1(struct es_fields *fields, struct es_cursor *body)
{
    const uint8_t type = (uint8_t)es_fields_named(fields, body, "id_type", 1, &es_registry_ike_id);
    es_fields_named(fields, body, "id_protocol", 1, &es_registry_ip_protocol);
    es_fields_number(fields, body, "id_port", 2);
    walk_data(fields, body, type);
}

void es_fields_nat_oa(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_named(fields, body, "id_type", 1, &es_registry_ike_id);
    es_fields_skip(fields, body, 3);
    const size_t left = es_wire_left(body);
    es_fields_rest(fields, body, left == 4 || left == 16 ? ES_FIELD_ADDRESS : ES_FIELD_HEX,
                   "address");
}
