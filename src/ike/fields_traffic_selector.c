/*
 * Fields of traffic selector payloads (RFC 7296, 3.13): `selector_count`, and a group
 * `traffic_selectors` each: `type`, `protocol`, `start_port`, `end_port`, `start_address`,
 * `end_address`. Fibre Channel (RFC 4595, 4.4): `start_address`, `end_address` (numbers),
 * `start_r_ctl`, `end_r_ctl`, `start_type`, `end_type`. Labels (RFC 9478, 2.2): `type`,
 * `security_label`. Other types: `data`.
 */
#include "fields.h"

enum {
    SELECTOR_HEAD_BYTES = 4, /* type, protocol, length */
    LENGTH_AT = 2,
};

static void walk_addresses(struct es_fields *fields, struct es_cursor *inside, size_t size)
{
    es_fields_number(fields, inside, "start_port", 2);
    es_fields_number(fields, inside, "end_port", 2);
    es_fields_bytes(fields, inside, ES_FIELD_ADDRESS, "start_address", size);
    es_fields_bytes(fields, inside, ES_FIELD_ADDRESS, "end_address", size);
}

static void walk_fibre_channel(struct es_fields *fields, struct es_cursor *inside)
{
    es_fields_skip(fields, inside, 1);
    es_fields_number(fields, inside, "start_address", 3);
    es_fields_skip(fields, inside, 1);
    es_fields_number(fields, inside, "end_address", 3);
    es_fields_number(fields, inside, "start_r_ctl", 1);
    es_fields_number(fields, inside, "end_r_ctl", 1);
    es_fields_number(fields, inside, "start_type", 1);
    es_fields_number(fields, inside, "end_type", 1);
}

static void walk_label(struct es_fields *fields, struct es_cursor *inside)
{
    struct es_cursor label = *inside;
    const uint8_t *const end = label.end;
    if (label.missing == 0 && es_left(&label) > 0 && end[-1] == 0)
        label = es_sub(inside, es_left(&label) - 1); /* SELinux ends its labels with NUL */
    else
        label = es_sub(inside, es_wire_left(inside));
    es_fields_rest(fields, &label, ES_FIELD_TEXT, "security_label");
    es_skip(inside, es_wire_left(inside));
}

/* The inside of a selector, from its second byte on; its length was judged. */
static void walk_selector(struct es_fields *fields, struct es_cursor *inside)
{
    const uint64_t type = es_fields_named(fields, inside, "type", 1, &es_registry_ike_ts);
    if (type == ES_IKE_TS_SECLABEL)
        es_fields_skip(fields, inside, 1);
    else
        es_fields_named(fields, inside, "protocol", 1, &es_registry_ip_protocol);
    es_fields_skip(fields, inside, 2);
    if (!es_fields_sound(fields))
        return;
    switch (type) {
    case ES_IKE_TS_IPV4_ADDR_RANGE:
        walk_addresses(fields, inside, 4);
        break;
    case ES_IKE_TS_IPV6_ADDR_RANGE:
        walk_addresses(fields, inside, 16);
        break;
    case ES_IKE_TS_FC_ADDR_RANGE:
        walk_fibre_channel(fields, inside);
        break;
    case ES_IKE_TS_SECLABEL:
        walk_label(fields, inside);
        break;
    default:
        es_fields_rest(fields, inside, ES_FIELD_HEX, "data");
    }
    if (es_fields_sound(fields) && es_wire_left(inside) > 0)
        es_fields_refuse(fields, inside->at, inside->missing ? ES_FAULT_CUT : ES_FAULT_VALUE,
                         "bytes after the selector's addresses");
}

static bool selector_next(struct es_fields *fields, struct es_cursor *body, struct es_cursor *out)
{
    struct es_cursor head = *body;
    es_skip(&head, LENGTH_AT);
    const size_t length = es_u16(&head);
    if (!es_fields_check(fields, &head, "a selector is announced, but the payload ends"))
        return false;
    const uint8_t *const length_field = body->at + LENGTH_AT;
    if (length < SELECTOR_HEAD_BYTES)
        return es_fields_refuse(fields, length_field, ES_FAULT_VALUE, "selector length below 4");
    if (length > es_wire_left(body))
        return es_fields_refuse(fields, length_field, ES_FAULT_SHORT,
                                "selector length beyond the payload");
    *out = es_sub(body, length);
    return true;
}

void es_fields_traffic_selector(struct es_fields *fields, struct es_cursor *body)
{
    const uint8_t *const count_field = body->at;
    const uint64_t claimed = es_fields_number(fields, body, "selector_count", 1);
    es_fields_skip(fields, body, 3);
    uint64_t count = 0;
    while (es_more(body) && es_fields_sound(fields)) {
        struct es_cursor inside;
        if (!selector_next(fields, body, &inside))
            return;
        const bool opened = es_fields_open(fields, "traffic_selectors", &inside);
        walk_selector(fields, &inside);
        es_fields_close(fields, "traffic_selectors", opened);
        count++;
    }
    if (count != claimed)
        es_fields_refuse(fields, count_field, ES_FAULT_VALUE, "another number of selectors");
}
