/*
 * Fields of payloads: the table of walkers, and the readers they are made of.
 */
#include "fields.h"

static const char too_little[] = "the payload ends before its fields do";

bool es_fields_refuse(struct es_fields *fields, const uint8_t *byte, enum es_fault why,
                      const char *reason)
{
    if (es_fields_sound(fields)) {
        fields->fault.fault = why;
        fields->fault.offset = fields->base_offset + (uint32_t)(byte - fields->base);
        fields->fault.reason = why == ES_FAULT_CUT ? "the capture kept too little" : reason;
    }
    return false;
}

bool es_fields_check(struct es_fields *fields, const struct es_cursor *c, const char *reason)
{
    return c->fault == ES_FAULT_NONE || es_fields_refuse(fields, c->at, c->fault, reason);
}

static void emit(struct es_fields *fields, struct es_field field, const uint8_t *at, size_t length)
{
    if (!es_fields_sound(fields))
        return;
    field.offset = fields->base_offset + (uint32_t)(at - fields->base);
    field.length = (uint32_t)length;
    fields->sink.on(fields->sink.context, &field);
}

static uint64_t number_of(struct es_cursor *c, size_t size)
{
    uint64_t number = 0;
    const uint8_t *bytes = es_take(c, size);
    for (size_t i = 0; bytes && i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* Reads a number and emits it as `field`, which says the rest. */
static uint64_t read_number(struct es_fields *fields, struct es_cursor *c, struct es_field field,
                            size_t size)
{
    const uint8_t *const at = c->at;
    field.number = number_of(c, size);
    if (!es_fields_check(fields, c, too_little))
        return 0;
    emit(fields, field, at, size);
    return field.number;
}

uint64_t es_fields_number(struct es_fields *fields, struct es_cursor *c, const char *name,
                          size_t size)
{
    return read_number(fields, c, (struct es_field){.kind = ES_FIELD_NUMBER, .name = name}, size);
}

uint64_t es_fields_named(struct es_fields *fields, struct es_cursor *c, const char *name,
                         size_t size, const struct es_registry *registry)
{
    const struct es_field field = {.kind = ES_FIELD_NAMED, .name = name, .registry = registry};
    return read_number(fields, c, field, size);
}

bool es_fields_bool(struct es_fields *fields, struct es_cursor *c, const char *name)
{
    const uint8_t *const at = c->at;
    const bool is_set = es_u8(c) != 0;
    if (es_fields_check(fields, c, too_little))
        es_fields_flag(fields, name, at, is_set);
    return is_set;
}

void es_fields_flag(struct es_fields *fields, const char *name, const uint8_t *byte, bool is_set)
{
    emit(fields, (struct es_field){.kind = ES_FIELD_BOOL, .name = name, .number = is_set}, byte, 1);
}

void es_fields_skip(struct es_fields *fields, struct es_cursor *c, size_t size)
{
    es_take(c, size);
    es_fields_check(fields, c, too_little);
}

static bool is_opaque(enum es_field_kind kind)
{
    return kind == ES_FIELD_HEX || kind == ES_FIELD_TEXT;
}

void es_fields_bytes(struct es_fields *fields, struct es_cursor *c, enum es_field_kind kind,
                     const char *name, size_t size)
{
    const uint8_t *const at = c->at;
    const struct es_cursor bytes = es_sub(c, size);
    if (!es_fields_check(fields, c, too_little) || size == 0)
        return;
    if (kind == ES_FIELD_SPI && size != 4 && size != 8 && size != 16)
        kind = ES_FIELD_HEX;
    if (bytes.missing == 0 || is_opaque(kind))
        emit(fields, (struct es_field){.kind = kind, .name = name, .bytes = bytes}, at, size);
    if (bytes.missing > 0)
        es_fields_refuse(fields, bytes.end, ES_FAULT_CUT, NULL);
}

void es_fields_rest(struct es_fields *fields, struct es_cursor *c, enum es_field_kind kind,
                    const char *name)
{
    es_fields_bytes(fields, c, kind, name, es_wire_left(c));
}

void es_fields_text(struct es_fields *fields, const char *name, const char *chars, size_t length)
{
    const struct es_field field = {
        .kind = ES_FIELD_TEXT, .name = name, .bytes = es_cursor(chars, length, length)};
    emit(fields, field, fields->base, 0);
}

void es_fields_note(struct es_fields *fields, const char *name, const char *note)
{
    emit(fields, (struct es_field){.kind = ES_FIELD_NOTE, .name = name, .note = note}, fields->base,
         0);
}

void es_fields_value(struct es_fields *fields, struct es_cursor *c, const char *name,
                     const struct es_registry *registry)
{
    const size_t size = es_wire_left(c);
    if (size == 0 || size > 8)
        es_fields_rest(fields, c, ES_FIELD_HEX, name);
    else if (registry && size <= sizeof(uint32_t))
        es_fields_named(fields, c, name, size, registry);
    else
        es_fields_number(fields, c, name, size);
}

void es_fields_class(struct es_fields *fields, const struct es_cursor *c,
                     const struct es_registry *registry, uint16_t class)
{
    const struct es_field field = {
        .kind = ES_FIELD_NAMED, .name = "attribute", .registry = registry, .number = class};
    emit(fields, field, c->at, 2);
}

bool es_fields_open(struct es_fields *fields, const char *name, const struct es_cursor *inside)
{
    emit(fields, (struct es_field){.kind = ES_FIELD_OPEN, .name = name}, inside->at,
         es_wire_left(inside));
    return es_fields_sound(fields);
}

void es_fields_close(struct es_fields *fields, const char *name, bool opened)
{
    if (opened)
        fields->sink.on(fields->sink.context,
                        &(struct es_field){.kind = ES_FIELD_CLOSE, .name = name});
}

void es_fields_list(struct es_fields *fields, struct es_cursor *c, const char *list,
                    const char *name, size_t size, const struct es_registry *registry)
{
    while (es_more(c) && es_fields_sound(fields)) {
        struct es_cursor one = *c;
        one = es_sub(&one, size < es_wire_left(&one) ? size : es_wire_left(&one));
        const bool opened = es_fields_open(fields, list, &one);
        if (registry)
            es_fields_named(fields, c, name, size, registry);
        else
            es_fields_bytes(fields, c, ES_FIELD_HEX, name, size);
        es_fields_close(fields, list, opened);
    }
}

/* Payloads whose inside has no structure, or none that is decoded: `data`. */
static void walk_opaque(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_rest(fields, body, ES_FIELD_HEX, "data");
}

/* NAT-D, both versions of the number: `nat_detection_hash`. RFC 3947, 3.2. */
static void walk_nat_d(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_rest(fields, body, ES_FIELD_HEX, "nat_detection_hash");
}

/* PS: `puzzle_solution`. RFC 8019, 8.2. */
static void walk_puzzle_solution(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_rest(fields, body, ES_FIELD_HEX, "puzzle_solution");
}

/* GSPM: `gspm_data`. RFC 6467, 3. */
static void walk_gspm(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_rest(fields, body, ES_FIELD_HEX, "gspm_data");
}

struct walker_row {
    uint8_t type;
    es_fields_walker *walk;
};

static const struct walker_row ikev1_walkers[] = {
    {ES_IKEV1_PAYLOAD_SA,           es_fields_sa_ikev1          },
    {ES_IKEV1_PAYLOAD_KE,           es_fields_key_exchange_ikev1},
    {ES_IKEV1_PAYLOAD_ID,           es_fields_identity_ikev1    },
    {ES_IKEV1_PAYLOAD_CERT,         es_fields_cert              },
    {ES_IKEV1_PAYLOAD_CERTREQ,      es_fields_certreq_ikev1     },
    {ES_IKEV1_PAYLOAD_HASH,         es_fields_hash              },
    {ES_IKEV1_PAYLOAD_SIGNATURE,    es_fields_signature         },
    {ES_IKEV1_PAYLOAD_NONCE,        es_fields_nonce             },
    {ES_IKEV1_PAYLOAD_NOTIFY,       es_fields_notify_ikev1      },
    {ES_IKEV1_PAYLOAD_DELETE,       es_fields_delete_ikev1      },
    {ES_IKEV1_PAYLOAD_VENDOR,       es_fields_vendor            },
    {ES_IKEV1_PAYLOAD_ATTRIBUTES,   es_fields_config_ikev1      },
    {ES_IKEV1_PAYLOAD_NAT_D,        walk_nat_d                  },
    {ES_IKEV1_PAYLOAD_NAT_OA,       es_fields_nat_oa            },
    {ES_IKEV1_PAYLOAD_NAT_D_DRAFT,  walk_nat_d                  },
    {ES_IKEV1_PAYLOAD_NAT_OA_DRAFT, es_fields_nat_oa            },
    {ES_IKEV1_PAYLOAD_FRAGMENT,     es_fields_vendor_fragment   },
};

static const struct walker_row ikev2_walkers[] = {
    {ES_IKE_PAYLOAD_SA,      es_fields_sa              },
    {ES_IKE_PAYLOAD_KE,      es_fields_key_exchange    },
    {ES_IKE_PAYLOAD_IDI,     es_fields_identity        },
    {ES_IKE_PAYLOAD_IDR,     es_fields_identity        },
    {ES_IKE_PAYLOAD_CERT,    es_fields_cert            },
    {ES_IKE_PAYLOAD_CERTREQ, es_fields_certreq         },
    {ES_IKE_PAYLOAD_AUTH,    es_fields_auth            },
    {ES_IKE_PAYLOAD_NONCE,   es_fields_nonce           },
    {ES_IKE_PAYLOAD_NOTIFY,  es_fields_notify          },
    {ES_IKE_PAYLOAD_DELETE,  es_fields_delete          },
    {ES_IKE_PAYLOAD_VENDOR,  es_fields_vendor          },
    {ES_IKE_PAYLOAD_TSI,     es_fields_traffic_selector},
    {ES_IKE_PAYLOAD_TSR,     es_fields_traffic_selector},
    {ES_IKE_PAYLOAD_SK,      es_fields_sealed          },
    {ES_IKE_PAYLOAD_CP,      es_fields_config          },
    {ES_IKE_PAYLOAD_EAP,     es_fields_eap             },
    {ES_IKE_PAYLOAD_GSPM,    walk_gspm                 },
    {ES_IKE_PAYLOAD_IDG,     es_fields_identity        },
    {ES_IKE_PAYLOAD_SKF,     es_fields_sealed_fragment },
    {ES_IKE_PAYLOAD_PS,      walk_puzzle_solution      },
};

static es_fields_walker *walker_in(const struct walker_row *rows, size_t count, uint8_t type)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == type)
            return rows[i].walk;
    }
    return walk_opaque;
}

/* Drafts 04 to 07 of NAT traversal took number 15 in phase 1, where GDOI's payload never is. */
static bool is_nat_d_of_drafts(const struct es_ike_message *message, uint8_t type)
{
    const uint8_t exchange = message->header.exchange_type;
    return type == ES_IKEV1_PAYLOAD_SAK && (exchange == ES_IKE_EXCHANGE_IDENTITY_PROTECTION ||
                                            exchange == ES_IKE_EXCHANGE_AGGRESSIVE);
}

static es_fields_walker *walker_find(const struct es_ike_message *message, uint8_t type)
{
    if (message->header.major != 1)
        return walker_in(ikev2_walkers, ES_COUNT(ikev2_walkers), type);
    if (is_nat_d_of_drafts(message, type))
        return walk_nat_d;
    return walker_in(ikev1_walkers, ES_COUNT(ikev1_walkers), type);
}

struct es_field_fault es_ike_payload_fields(const struct es_ike_message *message,
                                            const struct es_ike_payload *payload,
                                            struct es_field_sink sink)
{
    enum { GENERIC_BYTES = 4 };
    struct es_cursor body = payload->body;
    struct es_fields fields = {
        .message = message,
        .payload = payload,
        .base = body.at,
        .base_offset = payload->offset + GENERIC_BYTES,
        .sink = sink,
    };
    walker_find(message, payload->type)(&fields, &body);
    es_fields_check(&fields, &body, too_little);
    if (es_wire_left(&body) > 0)
        es_fields_refuse(&fields, body.at, body.missing ? ES_FAULT_CUT : ES_FAULT_VALUE,
                         "bytes after the last field of the payload");
    return fields.fault;
}
