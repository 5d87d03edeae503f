/*
 * Fields of notify payloads (RFC 7296, 3.10; RFC 2408, 3.14): IKEv1: `doi`; then `protocol_id`,
 * `spi_size`, `notify_type`, `spi`, and the data of those that have any:
 *
 * IKEv2: `unsupported_payload`; `invalid_message_id`; `invalid_spi`; `ke_method`;
 * `offending_packet`; `window_size`; `cpi`, `ipcomp_transform`; `nat_detection_hash`; `cookie`;
 * `address`; `source_address`, `destination_address`, `source_port`, `destination_port`;
 * `lifetime`; `gateway_type`, `gateway_length`, `gateway_address` or `gateway_name`, `nonce`;
 * `ticket`; `link_id`; a group `rohc_attributes` each `attribute`, `value`; `token`; `sync_nonce`,
 * `expected_send_id`, `expected_receive_id`; `replay_counter_delta`; a group `password_methods`
 * each `password_method`; a group `hash_algorithms` each `hash_algorithm`; `sender_ids`; `prf`,
 * `difficulty`; `ppk_id_type`, `ppk_id`, `ppk_confirmation`; `auth_data`; `key_exchange_link`;
 * `congestion_control`, `dont_fragment`; a group `auth_methods` each `auth_method`, `cert_link`,
 * `algorithm_identifier`, `signature_algorithm`; `resource_info`.
 * IKEv1: `sequence`; a group `attributes` each `attribute`, `value`; `replay_detection`; `address`;
 * `status`.
 * All others: `notify_data`.
 */
#include "fields.h"
#include "sa.h"

#include "der.h"

enum { IPV4_BYTES = 4, IPV6_BYTES = 16 };

static void put_unsupported_payload(struct es_fields *fields, struct es_cursor *data)
{
    if (es_wire_left(data) > 0)
        es_fields_named(fields, data, "unsupported_payload", 1, &es_registry_ike_payload);
}

static void put_invalid_message_id(struct es_fields *fields, struct es_cursor *data)
{
    if (es_wire_left(data) > 0)
        es_fields_number(fields, data, "invalid_message_id", 4);
}

static void put_invalid_spi(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_rest(fields, data, ES_FIELD_SPI, "invalid_spi");
}

static void put_ke_method(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_named(fields, data, "ke_method", 2, &es_registry_ike_ke_method);
}

static void put_window_size(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_number(fields, data, "window_size", 4);
}

static void put_ipcomp(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_number(fields, data, "cpi", 2);
    es_fields_named(fields, data, "ipcomp_transform", 1, &es_registry_ike_ipcomp);
    es_fields_rest(fields, data, ES_FIELD_HEX, "notify_data");
}

static void put_ipv4(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_bytes(fields, data, ES_FIELD_ADDRESS, "address", IPV4_BYTES);
}

static void put_ipv6(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_bytes(fields, data, ES_FIELD_ADDRESS, "address", IPV6_BYTES);
}

/* RFC 4555, 4.2.6: two addresses of either family, two ports. */
static void put_no_nats(struct es_fields *fields, struct es_cursor *data)
{
    enum { PORTS_BYTES = 4 };
    const bool is_ipv6 = es_wire_left(data) >= 2 * IPV6_BYTES + PORTS_BYTES;
    const size_t size = is_ipv6 ? IPV6_BYTES : IPV4_BYTES;
    es_fields_bytes(fields, data, ES_FIELD_ADDRESS, "source_address", size);
    es_fields_bytes(fields, data, ES_FIELD_ADDRESS, "destination_address", size);
    es_fields_number(fields, data, "source_port", 2);
    es_fields_number(fields, data, "destination_port", 2);
}

static void put_lifetime(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_number(fields, data, "lifetime", 4);
}

/* RFC 5685, 7.2 and 7.3. */
static void put_redirect(struct es_fields *fields, struct es_cursor *data)
{
    const uint64_t type =
        es_fields_named(fields, data, "gateway_type", 1, &es_registry_ike_gateway);
    const uint8_t *const length_field = data->at;
    const size_t length = (size_t)es_fields_number(fields, data, "gateway_length", 1);
    if (!es_fields_sound(fields))
        return;
    if (length > es_wire_left(data)) {
        es_fields_refuse(fields, length_field, ES_FAULT_SHORT, "gateway beyond its notify");
        return;
    }
    const bool is_address = (type == ES_IKE_GATEWAY_IPV4 && length == IPV4_BYTES) ||
                            (type == ES_IKE_GATEWAY_IPV6 && length == IPV6_BYTES);
    if (is_address)
        es_fields_bytes(fields, data, ES_FIELD_ADDRESS, "gateway_address", length);
    else
        es_fields_bytes(fields, data, ES_FIELD_TEXT, "gateway_name", length);
    es_fields_rest(fields, data, ES_FIELD_HEX, "nonce");
}

static void put_ticket_with_lifetime(struct es_fields *fields, struct es_cursor *data)
{
    put_lifetime(fields, data);
    es_fields_rest(fields, data, ES_FIELD_HEX, "ticket");
}

/* RFC 5857, 3.1: attributes as in transforms. */
static void put_rohc(struct es_fields *fields, struct es_cursor *data)
{
    while (es_more(data) && es_fields_sound(fields)) {
        struct es_cursor window = *data;
        struct es_ike_sa_attribute attribute;
        if (!es_ike_attribute_next(data, &attribute))
            break;
        window = es_sub(&window, es_wire_left(&window) - es_wire_left(data));
        const bool opened = es_fields_open(fields, "rohc_attributes", &window);
        es_fields_class(fields, &window, &es_registry_ike_rohc_attribute, attribute.class);
        es_fields_value(fields, &attribute.bytes, "value", NULL);
        es_fields_close(fields, "rohc_attributes", opened);
    }
    es_fields_check(fields, data, "attribute beyond its notify");
}

/* RFC 6311, 8.1 and 8.2. */
static void put_message_id_sync(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_number(fields, data, "sync_nonce", 4);
    es_fields_number(fields, data, "expected_send_id", 4);
    es_fields_number(fields, data, "expected_receive_id", 4);
}

static void put_replay_counter_sync(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_value(fields, data, "replay_counter_delta", NULL);
}

static void put_password_methods(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_list(fields, data, "password_methods", "password_method", 2,
                   &es_registry_ike_password_method);
}

static void put_hash_algorithms(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_list(fields, data, "hash_algorithms", "hash_algorithm", 2, &es_registry_ike_hash);
}

static void put_sender_ids(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_number(fields, data, "sender_ids", 4);
}

static void put_puzzle(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_named(fields, data, "prf", 2, &es_registry_ike_prf);
    es_fields_number(fields, data, "difficulty", 1);
}

static void put_ppk_identity(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_named(fields, data, "ppk_id_type", 1, &es_registry_ike_ppk_id);
    es_fields_rest(fields, data, ES_FIELD_HEX, "ppk_id");
}

/* RFC 9867, 3.1: eight bytes of confirmation end it. */
static void put_ppk_identity_key(struct es_fields *fields, struct es_cursor *data)
{
    enum { CONFIRMATION_BYTES = 8 };
    es_fields_named(fields, data, "ppk_id_type", 1, &es_registry_ike_ppk_id);
    const size_t left = es_wire_left(data);
    if (left > CONFIRMATION_BYTES)
        es_fields_bytes(fields, data, ES_FIELD_HEX, "ppk_id", left - CONFIRMATION_BYTES);
    es_fields_bytes(fields, data, ES_FIELD_HEX, "ppk_confirmation", CONFIRMATION_BYTES);
}

/* RFC 9347, 5.1. */
static void put_aggfrag(struct es_fields *fields, struct es_cursor *data)
{
    enum { DONT_FRAGMENT = 0x01, CONGESTION_CONTROL = 0x02 };
    const uint8_t *const at = data->at;
    const uint8_t flags = es_u8(data);
    if (!es_fields_check(fields, data, "a notify without its flags"))
        return;
    es_fields_flag(fields, "congestion_control", at, flags & CONGESTION_CONTROL);
    es_fields_flag(fields, "dont_fragment", at, flags & DONT_FRAGMENT);
}

/* One way to authenticate: method, then the certificate request it goes with, then algorithms. */
static void put_auth_method(struct es_fields *fields, struct es_cursor *one)
{
    es_fields_skip(fields, one, 1);
    es_fields_named(fields, one, "auth_method", 1, &es_registry_ike_auth_method);
    if (es_wire_left(one) > 0)
        es_fields_number(fields, one, "cert_link", 1);
    struct es_cursor der = *one;
    struct es_cursor algorithm;
    struct es_cursor oid;
    if (es_der_expect(&der, ES_DER_SEQUENCE, &algorithm) &&
        es_der_expect(&algorithm, ES_DER_OID, &oid) && oid.missing == 0) {
        const struct es_oid *known =
            es_oid_find(&es_oids_signature_algorithm, oid.at, es_left(&oid));
        es_fields_note(fields, "signature_algorithm", known ? known->symbol : "unknown");
    }
    es_fields_rest(fields, one, ES_FIELD_HEX, "algorithm_identifier");
}

/* RFC 9593, 3.2: each begins with its length, which counts itself. */
static void put_auth_methods(struct es_fields *fields, struct es_cursor *data)
{
    enum { METHOD_BYTES = 2 };
    while (es_more(data) && es_fields_sound(fields)) {
        struct es_cursor head = *data;
        const size_t length = es_u8(&head);
        if (!es_fields_check(fields, &head, "a method is announced, but the notify ends"))
            return;
        if (length < METHOD_BYTES || length > es_wire_left(data)) {
            es_fields_refuse(fields, data->at,
                             length < METHOD_BYTES ? ES_FAULT_VALUE : ES_FAULT_SHORT,
                             "length of an authentication method does not fit its notify");
            return;
        }
        struct es_cursor one = es_sub(data, length);
        const bool opened = es_fields_open(fields, "auth_methods", &one);
        put_auth_method(fields, &one);
        es_fields_close(fields, "auth_methods", opened);
    }
}

static void put_sequence(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_number(fields, data, "sequence", 4);
}

static void put_replay_status(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_value(fields, data, "replay_detection", NULL);
}

static void put_status(struct es_fields *fields, struct es_cursor *data)
{
    es_fields_value(fields, data, "status", NULL);
}

/* What reads the data of a type; without a function all of it is one field, opaque. */
struct data_row {
    uint16_t type;
    es_fields_walker *put;
    const char *name;
};

static const struct data_row ikev2_data[] = {
    {ES_IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, put_unsupported_payload,  NULL                },
    {ES_IKE_NOTIFY_INVALID_MESSAGE_ID,           put_invalid_message_id,   NULL                },
    {ES_IKE_NOTIFY_INVALID_SPI,                  put_invalid_spi,          NULL                },
    {ES_IKE_NOTIFY_INVALID_KE_PAYLOAD,           put_ke_method,            NULL                },
    {ES_IKE_NOTIFY_INVALID_SELECTORS,            NULL,                     "offending_packet"  },
    {ES_IKE_NOTIFY_SET_WINDOW_SIZE,              put_window_size,          NULL                },
    {ES_IKE_NOTIFY_IPCOMP_SUPPORTED,             put_ipcomp,               NULL                },
    {ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP,      NULL,                     "nat_detection_hash"},
    {ES_IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, NULL,                     "nat_detection_hash"},
    {ES_IKE_NOTIFY_COOKIE,                       NULL,                     "cookie"            },
    {ES_IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS,       put_ipv4,                 NULL                },
    {ES_IKE_NOTIFY_ADDITIONAL_IP6_ADDRESS,       put_ipv6,                 NULL                },
    {ES_IKE_NOTIFY_COOKIE2,                      NULL,                     "cookie"            },
    {ES_IKE_NOTIFY_NO_NATS_ALLOWED,              put_no_nats,              NULL                },
    {ES_IKE_NOTIFY_AUTH_LIFETIME,                put_lifetime,             NULL                },
    {ES_IKE_NOTIFY_REDIRECT,                     put_redirect,             NULL                },
    {ES_IKE_NOTIFY_REDIRECTED_FROM,              put_redirect,             NULL                },
    {ES_IKE_NOTIFY_TICKET_LT_OPAQUE,             put_ticket_with_lifetime, NULL                },
    {ES_IKE_NOTIFY_TICKET_OPAQUE,                NULL,                     "ticket"            },
    {ES_IKE_NOTIFY_LINK_ID,                      NULL,                     "link_id"           },
    {ES_IKE_NOTIFY_ROHC_SUPPORTED,               put_rohc,                 NULL                },
    {ES_IKE_NOTIFY_QUICK_CRASH_DETECTION,        NULL,                     "token"             },
    {ES_IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC,        put_message_id_sync,      NULL                },
    {ES_IKE_NOTIFY_IPSEC_REPLAY_COUNTER_SYNC,    put_replay_counter_sync,  NULL                },
    {ES_IKE_NOTIFY_SECURE_PASSWORD_METHODS,      put_password_methods,     NULL                },
    {ES_IKE_NOTIFY_GROUP_SENDER,                 put_sender_ids,           NULL                },
    {ES_IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS,    put_hash_algorithms,      NULL                },
    {ES_IKE_NOTIFY_PUZZLE,                       put_puzzle,               NULL                },
    {ES_IKE_NOTIFY_PPK_IDENTITY,                 put_ppk_identity,         NULL                },
    {ES_IKE_NOTIFY_NO_PPK_AUTH,                  NULL,                     "auth_data"         },
    {ES_IKE_NOTIFY_ADDITIONAL_KEY_EXCHANGE,      NULL,                     "key_exchange_link" },
    {ES_IKE_NOTIFY_USE_AGGFRAG,                  put_aggfrag,              NULL                },
    {ES_IKE_NOTIFY_SUPPORTED_AUTH_METHODS,       put_auth_methods,         NULL                },
    {ES_IKE_NOTIFY_SA_RESOURCE_INFO,             NULL,                     "resource_info"     },
    {ES_IKE_NOTIFY_PPK_IDENTITY_KEY,             put_ppk_identity_key,     NULL                },
    {ES_IKE_NOTIFY_NULL_AUTH,                    NULL,                     "auth_data"         },
};

static const struct data_row ikev1_data[] = {
    {ES_IKEV1_NOTIFY_MS_STATUS,          put_status,        NULL},
    {ES_IKEV1_NOTIFY_REPLAY_STATUS,      put_replay_status, NULL},
    {ES_IKEV1_NOTIFY_R_U_THERE,          put_sequence,      NULL},
    {ES_IKEV1_NOTIFY_R_U_THERE_ACK,      put_sequence,      NULL},
    {ES_IKEV1_NOTIFY_UNITY_LOAD_BALANCE, put_ipv4,          NULL},
};

static const struct data_row *row_in(const struct data_row *rows, size_t count, uint64_t type)
{
    static const struct data_row opaque = {0, NULL, "notify_data"};
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == type)
            return &rows[i];
    }
    return &opaque;
}

static void put_data(struct es_fields *fields, struct es_cursor *data, const struct data_row *row)
{
    if (row->put)
        row->put(fields, data);
    else
        es_fields_rest(fields, data, ES_FIELD_HEX, row->name);
}

/* What both versions have, after IKEv1's DOI. True when the data is next. */
static bool walk_head(struct es_fields *fields, struct es_cursor *body,
                      const struct es_registry *protocols, const struct es_registry *types,
                      uint64_t *protocol, uint64_t *type)
{
    *protocol = es_fields_named(fields, body, "protocol_id", 1, protocols);
    const uint8_t *const size_field = body->at;
    const size_t spi_size = (size_t)es_fields_number(fields, body, "spi_size", 1);
    *type = es_fields_named(fields, body, "notify_type", 2, types);
    if (spi_size > es_wire_left(body))
        es_fields_refuse(fields, size_field, ES_FAULT_SHORT, "SPI beyond the payload");
    if (es_fields_sound(fields))
        es_fields_bytes(fields, body, ES_FIELD_SPI, "spi", spi_size);
    return es_fields_sound(fields);
}

void es_fields_notify(struct es_fields *fields, struct es_cursor *body)
{
    uint64_t protocol = 0;
    uint64_t type = 0;
    if (walk_head(fields, body, &es_registry_ike_protocol, &es_registry_ike_notify, &protocol,
                  &type))
        put_data(fields, body, row_in(ikev2_data, ES_COUNT(ikev2_data), type));
}

void es_fields_notify_ikev1(struct es_fields *fields, struct es_cursor *body)
{
    uint64_t protocol = 0;
    uint64_t type = 0;
    es_fields_named(fields, body, "doi", 4, &es_registry_ikev1_doi);
    if (!walk_head(fields, body, &es_registry_ikev1_protocol, &es_registry_ikev1_notify, &protocol,
                   &type))
        return;
    if (type == ES_IKEV1_NOTIFY_RESPONDER_LIFETIME)
        es_fields_attributes_ikev1(fields, body, protocol <= ES_IKEV1_PROTOCOL_ISAKMP);
    else
        put_data(fields, body, row_in(ikev1_data, ES_COUNT(ikev1_data), type));
}
