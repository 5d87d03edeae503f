/*
 * Fields of configuration payloads: CP (RFC 7296, 3.15) and IKEv1's attribute payload, which mode
 * config and XAUTH use (draft-ietf-ipsec-isakmp-mode-cfg).
 *
 * `cfg_type`, IKEv1: `cfg_identifier`; then a group `attributes` each: `attribute`, and its value,
 * if any, as `address`; `address` and `prefix_length` or `netmask`; `text`; `seconds`; a group
 * `supported_attributes` each `attribute`; else `value`. Of a password only `secret` is told.
 */
#include "fields.h"
#include "sa.h"

/* How an attribute's value is read. */
enum value_form {
    VALUE_OPAQUE,
    VALUE_NUMBER,
    VALUE_SECONDS,
    VALUE_TEXT,
    VALUE_SECRET,
    VALUE_IPV4,
    VALUE_IPV6,
    VALUE_IPV6_PREFIX,
    VALUE_IPV4_MASK,
    VALUE_ATTRIBUTES,
};

struct value_row {
    uint16_t attribute;
    enum value_form form;
    const struct es_registry *registry; /* of a number */
};

static const struct value_row values[] = {
    {ES_IKE_CONFIG_INTERNAL_IP4_ADDRESS,              VALUE_IPV4,        NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP4_NETMASK,              VALUE_IPV4,        NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP4_DNS,                  VALUE_IPV4,        NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP4_NBNS,                 VALUE_IPV4,        NULL                     },
    {ES_IKE_CONFIG_INTERNAL_ADDRESS_EXPIRY,           VALUE_SECONDS,     NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP4_DHCP,                 VALUE_IPV4,        NULL                     },
    {ES_IKE_CONFIG_APPLICATION_VERSION,               VALUE_TEXT,        NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP6_ADDRESS,              VALUE_IPV6_PREFIX, NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP6_NETMASK,              VALUE_IPV6,        NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP6_DNS,                  VALUE_IPV6,        NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP6_NBNS,                 VALUE_IPV6,        NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP6_DHCP,                 VALUE_IPV6,        NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP4_SUBNET,               VALUE_IPV4_MASK,   NULL                     },
    {ES_IKE_CONFIG_SUPPORTED_ATTRIBUTES,              VALUE_ATTRIBUTES,  NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP6_SUBNET,               VALUE_IPV6_PREFIX, NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP6_PREFIX,               VALUE_IPV6_PREFIX, NULL                     },
    {ES_IKE_CONFIG_P_CSCF_IP4_ADDRESS,                VALUE_IPV4,        NULL                     },
    {ES_IKE_CONFIG_P_CSCF_IP6_ADDRESS,                VALUE_IPV6,        NULL                     },
    {ES_IKE_CONFIG_TIMEOUT_PERIOD_FOR_LIVENESS_CHECK, VALUE_SECONDS,     NULL                     },
    {ES_IKE_CONFIG_INTERNAL_DNS_DOMAIN,               VALUE_TEXT,        NULL                     },
    {ES_IKE_CONFIG_XAUTH_TYPE,                        VALUE_NUMBER,      &es_registry_xauth_type  },
    {ES_IKE_CONFIG_XAUTH_USER_NAME,                   VALUE_TEXT,        NULL                     },
    {ES_IKE_CONFIG_XAUTH_USER_PASSWORD,               VALUE_SECRET,      NULL                     },
    {ES_IKE_CONFIG_XAUTH_PASSCODE,                    VALUE_SECRET,      NULL                     },
    {ES_IKE_CONFIG_XAUTH_MESSAGE,                     VALUE_TEXT,        NULL                     },
    {ES_IKE_CONFIG_XAUTH_DOMAIN,                      VALUE_TEXT,        NULL                     },
    {ES_IKE_CONFIG_XAUTH_STATUS,                      VALUE_NUMBER,      &es_registry_xauth_status},
    {ES_IKE_CONFIG_XAUTH_NEXT_PIN,                    VALUE_SECRET,      NULL                     },
    {ES_IKE_CONFIG_XAUTH_ANSWER,                      VALUE_SECRET,      NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP4_SERVER,               VALUE_IPV4,        NULL                     },
    {ES_IKE_CONFIG_INTERNAL_IP6_SERVER,               VALUE_IPV6,        NULL                     },
    {ES_IKE_CONFIG_UNITY_BANNER,                      VALUE_TEXT,        NULL                     },
    {ES_IKE_CONFIG_UNITY_SAVE_PASSWD,                 VALUE_NUMBER,      NULL                     },
    {ES_IKE_CONFIG_UNITY_DEF_DOMAIN,                  VALUE_TEXT,        NULL                     },
    {ES_IKE_CONFIG_UNITY_SPLITDNS_NAME,               VALUE_TEXT,        NULL                     },
    {ES_IKE_CONFIG_UNITY_NATT_PORT,                   VALUE_NUMBER,      NULL                     },
    {ES_IKE_CONFIG_UNITY_PFS,                         VALUE_NUMBER,      NULL                     },
    {ES_IKE_CONFIG_UNITY_BACKUP_SERVERS,              VALUE_TEXT,        NULL                     },
    {ES_IKE_CONFIG_UNITY_DDNS_HOSTNAME,               VALUE_TEXT,        NULL                     },
};

static const struct value_row *value_find(uint16_t attribute)
{
    static const struct value_row opaque = {0, VALUE_OPAQUE, NULL};
    for (size_t i = 0; i < ES_COUNT(values); i++) {
        if (values[i].attribute == attribute)
            return &values[i];
    }
    return &opaque;
}

/* Values come empty in requests, and products put other things than they should. */
static bool has_size(enum value_form form, size_t size)
{
    static const uint8_t sizes[] = {
        [VALUE_SECONDS] = 4,      [VALUE_IPV4] = 4,      [VALUE_IPV6] = 16,
        [VALUE_IPV6_PREFIX] = 17, [VALUE_IPV4_MASK] = 8,
    };
    if (form < ES_COUNT(sizes) && sizes[form])
        return size == sizes[form];
    return form != VALUE_ATTRIBUTES || size % 2 == 0;
}

static void put_value(struct es_fields *fields, struct es_cursor *value, uint16_t attribute)
{
    const struct value_row *row = value_find(attribute);
    switch (has_size(row->form, es_wire_left(value)) ? row->form : VALUE_OPAQUE) {
    case VALUE_OPAQUE:
        es_fields_rest(fields, value, ES_FIELD_HEX, "value");
        break;
    case VALUE_NUMBER:
        es_fields_value(fields, value, "value", row->registry);
        break;
    case VALUE_SECONDS:
        es_fields_number(fields, value, "seconds", 4);
        break;
    case VALUE_TEXT:
        es_fields_rest(fields, value, ES_FIELD_TEXT, "text");
        break;
    case VALUE_SECRET:
        es_fields_note(fields, "secret", "not shown");
        es_skip(value, es_wire_left(value));
        break;
    case VALUE_IPV4:
        es_fields_bytes(fields, value, ES_FIELD_ADDRESS, "address", 4);
        break;
    case VALUE_IPV6:
        es_fields_bytes(fields, value, ES_FIELD_ADDRESS, "address", 16);
        break;
    case VALUE_IPV6_PREFIX:
        es_fields_bytes(fields, value, ES_FIELD_ADDRESS, "address", 16);
        es_fields_number(fields, value, "prefix_length", 1);
        break;
    case VALUE_IPV4_MASK:
        es_fields_bytes(fields, value, ES_FIELD_ADDRESS, "address", 4);
        es_fields_bytes(fields, value, ES_FIELD_ADDRESS, "netmask", 4);
        break;
    case VALUE_ATTRIBUTES:
        es_fields_list(fields, value, "supported_attributes", "attribute", 2,
                       &es_registry_ike_config);
        break;
    }
}

/* Both versions lay out attributes alike; only IKEv1 has those that stand in the length's place. */
static void walk_attributes(struct es_fields *fields, struct es_cursor *body)
{
    while (es_more(body) && es_fields_sound(fields)) {
        struct es_cursor window = *body;
        struct es_ike_sa_attribute attribute;
        if (!es_ike_attribute_next(body, &attribute))
            break;
        window = es_sub(&window, es_wire_left(&window) - es_wire_left(body));
        const bool opened = es_fields_open(fields, "attributes", &window);
        es_fields_class(fields, &window, &es_registry_ike_config, attribute.class);
        put_value(fields, &attribute.bytes, attribute.class);
        es_fields_close(fields, "attributes", opened);
    }
    es_fields_check(fields, body, "attribute beyond its payload");
}

void es_fields_config(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_named(fields, body, "cfg_type", 1, &es_registry_ike_config_type);
    es_fields_skip(fields, body, 3);
    walk_attributes(fields, body);
}

void es_fields_config_ikev1(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_named(fields, body, "cfg_type", 1, &es_registry_ike_config_type);
    es_fields_skip(fields, body, 1);
    es_fields_number(fields, body, "cfg_identifier", 2);
    walk_attributes(fields, body);
}
