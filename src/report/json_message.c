/*
 * JSON records of IKE messages: the header, the payload chain, and of each payload what its
 * parser makes of it. What is malformed inside a payload leaves that payload's fields out.
 */
#include "json.h"

static void put_spi_bytes(struct es_json *json, json_t *object, struct es_cursor spi)
{
    const size_t length = es_left(&spi);
    const uint8_t *bytes = es_take(&spi, length);
    if (!length || !bytes)
        return;
    es_text_add(&json->text, "0x");
    es_text_add_hex(&json->text, bytes, length);
    es_json_put_text(json, object, "spi");
}

static void put_name(struct es_json *json, json_t *object, const char *key,
                     const struct es_registry *registry, uint32_t number)
{
    const struct es_registry_row *row = es_registry_find(registry, number);
    if (row)
        es_json_put_string(json, object, key, row->name);
}

static void append_transform(struct es_json *json, json_t *list,
                             const struct es_ike_transform *transform)
{
    json_t *object = json_object();
    if (transform->type >= ES_IKEV1_TYPE) {
        es_json_put_count(json, object, "transform", transform->transform);
        es_json_put_count(json, object, "attribute", transform->type - ES_IKEV1_TYPE);
    } else {
        es_json_put_count(json, object, "type", transform->type);
    }
    es_json_put_string(json, object, "type_name", es_ike_transform_type_name(transform->type));
    es_json_put_count(json, object, "id", transform->id);
    es_text_add_transform(&json->text, transform);
    es_json_put_text(json, object, "name");
    if (transform->key_length)
        es_json_put_count(json, object, "key_length", transform->key_length);
    if (transform->value)
        es_json_put_count(json, object, "value", transform->value);
    es_json_append(json, list, object);
}

/* The SPI that stands in the header of a proposal. */
static void put_proposal_spi(struct es_json *json, json_t *object,
                             const struct es_ike_proposals *proposals, uint8_t number,
                             uint8_t protocol)
{
    for (size_t i = 0; i < proposals->spi_count; i++) {
        if (proposals->spis[i].proposal != number || proposals->spis[i].protocol != protocol)
            continue;
        if (proposals->spis[i].size == 4)
            es_json_put_spi(json, object, "spi", (uint32_t)proposals->spis[i].spi);
        else if (proposals->spis[i].size == 8)
            es_json_put_ike_spi(json, object, "spi", proposals->spis[i].spi);
        return;
    }
}

/* Transforms come flat and in order; a change of proposal or protocol begins the next one. */
static void put_sa(struct es_json *json, json_t *object, struct es_cursor body, uint8_t major)
{
    struct es_ike_proposals proposals;
    if (!es_ike_proposals_parse(&body, major, &proposals))
        return;
    json_t *list = json_array();
    for (size_t i = 0; i < proposals.count;) {
        const struct es_ike_transform *head = &proposals.transforms[i];
        json_t *proposal = json_object();
        es_json_put_count(json, proposal, "proposal", head->proposal);
        es_json_put_count(json, proposal, "protocol_id", head->protocol);
        put_proposal_spi(json, proposal, &proposals, head->proposal, head->protocol);
        json_t *transforms = json_array();
        for (; i < proposals.count && proposals.transforms[i].proposal == head->proposal &&
               proposals.transforms[i].protocol == head->protocol;
             i++)
            append_transform(json, transforms, &proposals.transforms[i]);
        es_json_put(json, proposal, "transforms", transforms);
        es_json_append(json, list, proposal);
    }
    es_json_put(json, object, "proposals", list);
}

static void put_notify(struct es_json *json, json_t *object, struct es_cursor body, uint8_t major)
{
    struct es_ike_notify notify;
    if (!es_ike_notify_parse(body, major, &notify))
        return;
    es_json_put_count(json, object, "protocol_id", notify.protocol);
    es_json_put_count(json, object, "notify_type", notify.type);
    put_name(json, object, "notify",
             major == 1 ? &es_registry_ikev1_notify : &es_registry_ike_notify, notify.type);
    put_spi_bytes(json, object, notify.spi);
    es_json_put_count(json, object, "data_length", es_wire_left(&notify.data));
}

static void put_delete(struct es_json *json, json_t *object, struct es_cursor body, uint8_t major)
{
    struct es_ike_delete gone;
    if (!es_ike_delete_parse(body, major, &gone))
        return;
    es_json_put_count(json, object, "protocol_id", gone.protocol);
    json_t *spis = json_array();
    for (uint16_t i = 0; gone.spi_size && i < gone.count; i++) {
        const uint8_t *spi = es_take(&gone.spis, gone.spi_size);
        if (!spi)
            break;
        es_text_add(&json->text, "0x");
        es_text_add_hex(&json->text, spi, gone.spi_size);
        es_json_append_text(json, spis);
    }
    es_json_put(json, object, "spis", spis);
}

static void put_key_exchange(struct es_json *json, json_t *object, struct es_cursor body,
                             uint8_t major)
{
    struct es_ike_key_exchange exchange;
    if (!es_ike_key_exchange_parse(body, major, &exchange))
        return;
    if (major != 1) {
        es_json_put_count(json, object, "ke_method", exchange.method);
        put_name(json, object, "ke_method_name", &es_registry_ike_ke_method, exchange.method);
    }
    es_json_put_count(json, object, "data_length", es_wire_left(&exchange.data));
}

static void put_identity(struct es_json *json, json_t *object, struct es_cursor body, uint8_t major)
{
    struct es_ike_identity identity;
    if (!es_ike_identity_parse(body, major, &identity))
        return;
    es_json_put_count(json, object, "id_type", identity.type);
    es_text_add_identity(&json->text, &identity);
    es_json_put_text(json, object, "identity");
}

static void put_vendor(struct es_json *json, json_t *object, struct es_cursor body, uint8_t major)
{
    (void)major;
    const size_t length = es_left(&body);
    const uint8_t *bytes = es_take(&body, length);
    if (!length || !bytes)
        return;
    es_text_add_hex(&json->text, bytes, length);
    es_json_put_text(json, object, "vendor_id");
    const struct es_vendor_id *vendor = es_vendor_id_find(bytes, length);
    if (vendor)
        es_json_put_string(json, object, "vendor", vendor->name);
}

/* Which payload has which fields. */
static const struct {
    uint8_t major;
    uint8_t type;
    void (*put)(struct es_json *json, json_t *object, struct es_cursor body, uint8_t major);
} contents[] = {
    {1, ES_IKEV1_PAYLOAD_SA,     put_sa          },
    {1, ES_IKEV1_PAYLOAD_KE,     put_key_exchange},
    {1, ES_IKEV1_PAYLOAD_ID,     put_identity    },
    {1, ES_IKEV1_PAYLOAD_NOTIFY, put_notify      },
    {1, ES_IKEV1_PAYLOAD_DELETE, put_delete      },
    {1, ES_IKEV1_PAYLOAD_VENDOR, put_vendor      },
    {2, ES_IKE_PAYLOAD_SA,       put_sa          },
    {2, ES_IKE_PAYLOAD_KE,       put_key_exchange},
    {2, ES_IKE_PAYLOAD_IDI,      put_identity    },
    {2, ES_IKE_PAYLOAD_IDR,      put_identity    },
    {2, ES_IKE_PAYLOAD_NOTIFY,   put_notify      },
    {2, ES_IKE_PAYLOAD_DELETE,   put_delete      },
    {2, ES_IKE_PAYLOAD_VENDOR,   put_vendor      },
};

static void append_payload(struct es_json *json, json_t *list, const struct es_ike_payload *payload,
                           uint8_t major)
{
    json_t *object = json_object();
    es_json_put_count(json, object, "type", payload->type);
    put_name(json, object, "name", es_ike_payload_registry(major), payload->type);
    es_json_put_count(json, object, "offset", payload->offset);
    es_json_put_count(json, object, "length", payload->length);
    if (payload->critical)
        es_json_put_bool(json, object, "critical", true);
    for (size_t i = 0; i < ES_COUNT(contents); i++) {
        if (contents[i].major == major && contents[i].type == payload->type)
            contents[i].put(json, object, payload->body, major);
    }
    es_json_append(json, list, object);
}

static void put_endpoints(struct es_json *json, json_t *record, const struct es_datagram *datagram)
{
    es_json_put_address(json, record, "source", &datagram->source);
    es_json_put_count(json, record, "source_port", datagram->source_port);
    es_json_put_address(json, record, "destination", &datagram->destination);
    es_json_put_count(json, record, "destination_port", datagram->destination_port);
}

static void put_header(struct es_json *json, json_t *record, const struct es_ike_header *header)
{
    es_text_addf(&json->text, "%u.%u", header->major, header->minor);
    es_json_put_text(json, record, "version");
    es_json_put_ike_spi(json, record, "initiator_spi", header->initiator_spi);
    es_json_put_ike_spi(json, record, "responder_spi", header->responder_spi);
    es_json_put_count(json, record, "exchange_type", header->exchange_type);
    put_name(json, record, "exchange", &es_registry_ike_exchange, header->exchange_type);
    es_json_put_count(json, record, "message_id", header->message_id);
    es_json_put_count(json, record, "flags", header->flags);
    if (header->major == 1) {
        es_json_put_bool(json, record, "encrypted", header->flags & ES_IKEV1_FLAG_ENCRYPTION);
        es_json_put_bool(json, record, "commit", header->flags & ES_IKEV1_FLAG_COMMIT);
        es_json_put_bool(json, record, "authentication_only",
                         header->flags & ES_IKEV1_FLAG_AUTHENTICATION);
    } else {
        es_json_put_bool(json, record, "initiator", header->flags & ES_IKE_FLAG_INITIATOR);
        es_json_put_bool(json, record, "response", header->flags & ES_IKE_FLAG_RESPONSE);
    }
    es_json_put_count(json, record, "length", header->length);
}

/* What the capture cut is no fault of the sender's and is said apart. */
static void put_fault(struct es_json *json, json_t *record, const struct es_ike_message *message)
{
    if (message->fault == ES_FAULT_NONE)
        return;
    json_t *object = json_object();
    es_json_put_count(json, object, "offset", message->fault_offset);
    es_json_put_string(json, object, "reason", message->fault_reason);
    es_json_put(json, record, message->fault == ES_FAULT_CUT ? "cut_short" : "malformed", object);
}

bool es_report_message_json(const struct es_datagram *datagram,
                            const struct es_ike_message *message, const struct es_source *source,
                            FILE *out)
{
    struct es_json json;
    es_json_init(&json, source, out);
    json_t *record = es_json_begin(&json, "message");
    es_json_put_packet(&json, record, &datagram->ref);
    put_endpoints(&json, record, datagram);
    put_header(&json, record, &message->header);
    json_t *payloads = json_array();
    for (size_t i = 0; i < message->payload_count; i++)
        append_payload(&json, payloads, &message->payloads[i], message->header.major);
    es_json_put(&json, record, "payloads", payloads);
    if (message->payloads_dropped)
        es_json_put_count(&json, record, "payloads_dropped", message->payloads_dropped);
    if (message->fragment_number) {
        es_json_put_count(&json, record, "fragment_number", message->fragment_number);
        es_json_put_count(&json, record, "fragment_total", message->fragment_total);
    }
    put_fault(&json, record, message);
    es_json_end(&json, record);
    return es_json_fini(&json);
}
