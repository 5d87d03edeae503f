/*
 * An IKE message as one plain line: time, packet, who to whom, what, and the payloads.
 */
#include "wording.h"

#include <inttypes.h>

static void add_flags(struct es_text *text, const struct es_ike_header *header)
{
    if (header->major == 1)
        es_text_add(text, header->flags & ES_IKEV1_FLAG_ENCRYPTION ? " encrypted" : "");
    else
        es_text_add(text, header->flags & ES_IKE_FLAG_RESPONSE ? " response" : " request");
}

static void add_notify(struct es_text *text, const struct es_ike_payload *payload, uint8_t major)
{
    struct es_ike_notify notify;
    if (!es_ike_notify_parse(payload->body, major, &notify))
        return;
    es_text_add(text, "(");
    es_text_add_registry(text, major == 1 ? &es_registry_ikev1_notify : &es_registry_ike_notify,
                         notify.type);
    es_text_add(text, ")");
}

static void add_payloads(struct es_text *text, const struct es_ike_message *message)
{
    const uint8_t major = message->header.major;
    const uint8_t notify = major == 1 ? ES_IKEV1_PAYLOAD_NOTIFY : ES_IKE_PAYLOAD_NOTIFY;
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct es_ike_payload *payload = &message->payloads[i];
        const struct es_registry_row *row =
            es_registry_find(es_ike_payload_registry(major), payload->type);
        es_text_add(text, i == 0 ? "  " : " ");
        if (row)
            es_text_add(text, row->symbol);
        else
            es_text_addf(text, "%u", payload->type);
        if (payload->type == notify)
            add_notify(text, payload, major);
    }
    if (message->fragment_number)
        es_text_addf(text, " fragment %u of %u", message->fragment_number, message->fragment_total);
}

bool es_report_message_text(const struct es_datagram *datagram,
                            const struct es_ike_message *message, const struct es_source *source,
                            bool utc, FILE *out)
{
    const struct es_ike_header *header = &message->header;
    struct es_text text;
    es_text_init(&text);
    es_text_add_packet(&text, source, &datagram->ref);
    es_text_add(&text, "  ");
    es_text_add_clock(&text, datagram->ref.time, utc);
    es_text_add(&text, "  ");
    es_text_add_endpoint(&text, &datagram->source, datagram->source_port);
    es_text_add(&text, " -> ");
    es_text_add_endpoint(&text, &datagram->destination, datagram->destination_port);
    es_text_add(&text, "  ");
    es_text_add_registry(&text, &es_registry_ike_exchange, header->exchange_type);
    add_flags(&text, header);
    es_text_addf(&text, header->major == 1 ? " %08" PRIx32 : " %" PRIu32, header->message_id);
    add_payloads(&text, message);
    if (message->fault == ES_FAULT_CUT)
        es_text_add(&text, "  cut short by the capture");
    else if (message->fault != ES_FAULT_NONE)
        es_text_addf(&text, "  malformed at %" PRIu32 ": %s", message->fault_offset,
                     message->fault_reason ? message->fault_reason : "");
    es_text_add(&text, "\n");
    const bool written = !text.failed && fwrite(text.chars, 1, text.length, out) == text.length;
    es_text_fini(&text);
    return written;
}
