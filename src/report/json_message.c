/*
 * JSON records of IKE messages: the header, what the tracker made of it, the payload chain with
 * every field. What is malformed inside a payload stands there, behind the fields before it.
 */
#include "ladder.h"

#include "selection.h"
#include "wording.h"

#include <inttypes.h>
#include <string.h>

static void put_name(struct es_json_line *json, const char *key, const struct es_registry *registry,
                     uint32_t number)
{
    const struct es_registry_row *row = es_registry_find(registry, number);
    if (row)
        es_json_line_put_string(json, key, row->name);
}

/* What the capture cut is no fault of the sender's and is said apart. */
static void put_fault(struct es_json_line *json, enum es_fault fault, uint32_t offset,
                      const char *reason)
{
    if (fault == ES_FAULT_NONE)
        return;
    es_json_line_key(json, fault == ES_FAULT_CUT ? "cut_short" : "malformed");
    es_json_line_open(json, '{');
    es_json_line_put_number(json, "offset", offset);
    if (reason)
        es_json_line_put_string(json, "reason", reason);
    es_json_line_close(json, '}');
}

static struct es_field_fault put_payload(struct es_json_fields *fields,
                                         const struct es_ike_message *message,
                                         const struct es_ike_payload *payload)
{
    struct es_json_line *json = fields->json;
    es_json_line_open(json, '{');
    es_json_line_put_number(json, "type", payload->type);
    put_name(json, "name", es_ike_payload_registry(message->header.major), payload->type);
    es_json_line_put_number(json, "offset", payload->offset);
    es_json_line_put_number(json, "length", payload->length);
    if (payload->critical)
        es_json_line_put_bool(json, "critical", true);
    const struct es_field_fault fault =
        es_ike_payload_fields(message, payload, es_json_fields_begin(fields));
    es_json_fields_end(fields);
    put_fault(json, fault.fault, fault.offset, fault.reason);
    es_json_line_close(json, '}');
    return fault;
}

/* The fault of the message: of the chain, else the first inside a payload. */
static struct es_field_fault put_payloads(struct es_json_fields *fields,
                                          const struct es_ike_message *message)
{
    struct es_json_line *json = fields->json;
    struct es_field_fault first = {message->fault, message->fault_offset, message->fault_reason};
    es_json_line_key(json, "payloads");
    es_json_line_open(json, '[');
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct es_field_fault fault = put_payload(fields, message, &message->payloads[i]);
        if (first.fault == ES_FAULT_NONE)
            first = fault;
    }
    es_json_line_close(json, ']');
    if (message->payloads_dropped)
        es_json_line_put_number(json, "payloads_dropped", message->payloads_dropped);
    return first;
}

static void put_packet(struct es_json_line *json, const struct es_source *source,
                       const struct es_packet_ref *ref)
{
    es_json_line_put_number(json, "packet", ref->number);
    if (es_report_has_several_files(source))
        es_json_line_put_string(json, "file", es_source_file(source, ref->file)->name);
    es_text_add_time(&json->scratch, ref->time);
    es_json_line_put_scratch(json, "time");
}

static void put_endpoints(struct es_json_line *json, const struct es_datagram *datagram)
{
    es_text_add_address(&json->scratch, &datagram->source);
    es_json_line_put_scratch(json, "source");
    es_json_line_put_number(json, "source_port", datagram->source_port);
    es_text_add_address(&json->scratch, &datagram->destination);
    es_json_line_put_scratch(json, "destination");
    es_json_line_put_number(json, "destination_port", datagram->destination_port);
}

static void put_spi(struct es_json_line *json, const char *key, uint64_t spi)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(spi >> (56 - 8 * i));
    es_json_line_key(json, key);
    es_json_line_hex(json, "0x", bytes, sizeof(bytes));
}

static void put_header(struct es_json_line *json, const struct es_ike_header *header)
{
    es_text_add_decimal(&json->scratch, header->major);
    es_text_add_bytes(&json->scratch, ".", 1);
    es_text_add_decimal(&json->scratch, header->minor);
    es_json_line_put_scratch(json, "version");
    put_spi(json, "initiator_spi", header->initiator_spi);
    put_spi(json, "responder_spi", header->responder_spi);
    es_json_line_put_number(json, "exchange_type", header->exchange_type);
    put_name(json, "exchange", &es_registry_ike_exchange, header->exchange_type);
    es_json_line_put_number(json, "message_id", header->message_id);
    es_json_line_put_number(json, "flags", header->flags);
    if (header->major == 1) {
        es_json_line_put_bool(json, "encrypted", header->flags & ES_IKEV1_FLAG_ENCRYPTION);
        es_json_line_put_bool(json, "commit", header->flags & ES_IKEV1_FLAG_COMMIT);
        es_json_line_put_bool(json, "authentication_only",
                              header->flags & ES_IKEV1_FLAG_AUTHENTICATION);
    } else {
        es_json_line_put_bool(json, "initiator", header->flags & ES_IKE_FLAG_INITIATOR);
        es_json_line_put_bool(json, "response", header->flags & ES_IKE_FLAG_RESPONSE);
    }
    es_json_line_put_number(json, "length", header->length);
}

/* What the tracker made of the message. */
static void put_view(struct es_json_line *json, const struct es_rung *rung)
{
    const struct es_message_view *view = rung->view;
    if (rung->message->decrypted)
        es_json_line_put_bool(json, "decrypted", true);
    if (view->could_be && !rung->message->decrypted) {
        es_json_line_key(json, "could_be");
        es_json_line_open(json, '[');
        for (unsigned bit = 1; bit && bit <= view->could_be; bit <<= 1) {
            if (view->could_be & bit)
                es_json_line_string(json, es_ike_class_name((enum es_ike_class)bit));
        }
        es_json_line_close(json, ']');
    }
    if (view->retransmission_of.number)
        es_json_line_put_number(json, "retransmission_of", view->retransmission_of.number);
    if (view->response_to.number)
        es_json_line_put_number(json, "response_to", view->response_to.number);
}

void es_json_message(struct es_json_fields *fields, const struct es_source *source,
                     const struct es_rung *rung)
{
    const struct es_ike_message *message = rung->message;
    struct es_json_line *json = fields->json;
    json->comma = false;
    es_json_line_open(json, '{');
    es_json_line_put_string(json, "type", "message");
    put_packet(json, source, &rung->datagram->ref);
    if (rung->view->tunnel)
        es_json_line_put_number(json, "tunnel", rung->view->tunnel->number);
    if (rung->view->ike_sa)
        es_json_line_put_number(json, "ike_sa", rung->view->ike_sa->number);
    put_endpoints(json, rung->datagram);
    put_header(json, &message->header);
    const struct es_field_fault fault = put_payloads(fields, message);
    if (message->encrypted)
        es_json_line_put_number(json, "sealed_length", es_wire_left(&message->sealed));
    if (message->fragment_number) {
        es_json_line_put_number(json, "fragment_number", message->fragment_number);
        es_json_line_put_number(json, "fragment_total", message->fragment_total);
    }
    if (rung->datagram->first_fragment_only)
        es_json_line_put_bool(json, "first_fragment", true);
    put_view(json, rung);
    put_fault(json, fault.fault, fault.offset, fault.reason);
    es_json_line_close(json, '}');
    es_text_add_bytes(json->text, "\n", 1);
}

bool es_report_message_json(const struct es_datagram *datagram,
                            const struct es_ike_message *message, const struct es_source *source,
                            FILE *out)
{
    const struct es_rung rung = es_rung_of(datagram, message, NULL);
    struct es_text text;
    struct es_json_line json;
    es_text_init(&text);
    struct es_json_fields fields;
    es_json_line_init(&json, &text);
    es_json_fields_init(&fields, &json);
    es_json_message(&fields, source, &rung);
    es_json_fields_fini(&fields);
    const bool written = !text.failed && !json.scratch.failed &&
                         fwrite(text.chars, 1, text.length, out) == text.length;
    es_json_line_fini(&json);
    es_text_fini(&text);
    return written;
}
