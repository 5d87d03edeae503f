/*
 * A message as the chronicle keeps it: what its header says, what the tracker made of it, and the
 * payloads with as much of their bytes as words are made of. What is encrypted is not kept. So
 * nothing has to be put into words while a capture is read, and the ladder's words serve later too.
 */
#include "chronicle.h"

#include <stdlib.h>
#include <string.h>

/* Of a payload, and of all: proposals are long, the rest is looked at for names and numbers. */
enum { BODY_MAX = 1024, BODIES_MAX = 4096 };

static bool is_sealed_payload(const struct es_ike_message *message, uint8_t type)
{
    return message->header.major == 2 && (type == ES_IKE_PAYLOAD_SK || type == ES_IKE_PAYLOAD_SKF);
}

/* How many bytes of each payload's body are kept; their sum. */
static size_t measure(const struct es_ike_message *message, uint32_t held[ES_IKE_PAYLOADS_MAX])
{
    size_t sum = 0;
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct es_ike_payload *payload = &message->payloads[i];
        size_t some = es_left(&payload->body);
        if (is_sealed_payload(message, payload->type))
            some = 0;
        some = some < BODY_MAX ? some : BODY_MAX;
        some = some < BODIES_MAX - sum ? some : BODIES_MAX - sum;
        held[i] = (uint32_t)some;
        sum += some;
    }
    return sum;
}

static uint8_t *bytes_of(struct es_kept_message *kept)
{
    return (uint8_t *)(kept->payloads + kept->payload_count);
}

static void keep_payloads(struct es_kept_message *kept, const struct es_ike_message *message,
                          const uint32_t held[ES_IKE_PAYLOADS_MAX])
{
    uint8_t *at = bytes_of(kept);
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct es_ike_payload *payload = &message->payloads[i];
        kept->payloads[i] = (struct es_kept_payload){
            .type = payload->type,
            .critical = payload->critical,
            .abridged = held[i] < es_left(&payload->body),
            .length = payload->length,
            .offset = payload->offset,
            .held = held[i],
            .wire = (uint32_t)es_wire_left(&payload->body),
        };
        if (held[i])
            memcpy(at, payload->body.at, held[i]);
        at += held[i];
    }
}

static bool has_error(const struct es_ike_message *message)
{
    struct es_ike_notify notify;
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct es_ike_payload *payload = &message->payloads[i];
        if (payload->type == ES_IKE_PAYLOAD_NOTIFY &&
            es_ike_notify_parse(payload->body, message->header.major, &notify) &&
            notify.type < ES_IKE_NOTIFY_ERROR_MAX)
            return true;
    }
    return false;
}

static void keep_view(struct es_kept_message *kept, const struct es_message_view *view)
{
    struct es_chronicle_message *m = &kept->message;
    m->is_response = view->is_response || es_ike_is_response(&m->header);
    m->could_be = view->could_be;
    m->retransmission_of = view->retransmission_of;
    m->response_to = view->response_to;
    if (view->exchange) {
        m->judged = view->exchange->judged;
        m->refuses = view->is_response && (view->exchange->error || view->exchange->refused ||
                                           view->could_be == ES_IKE_CLASS_AUTH_REFUSED);
        kept->position = view->exchange->messages;
        kept->in_exchange = true;
    }
    if (view->ike_sa) {
        kept->kept.entry.ike_sa = view->ike_sa->number;
        kept->birth_seen = view->ike_sa->birth_seen;
    }
}

struct es_kept *es_kept_message_new(const struct es_datagram *datagram,
                                    const struct es_ike_message *message,
                                    const struct es_message_view *view)
{
    uint32_t held[ES_IKE_PAYLOADS_MAX];
    const size_t size = sizeof(struct es_kept_message) + measure(message, held) +
                        message->payload_count * sizeof(struct es_kept_payload);
    struct es_kept_message *kept = malloc(size);
    if (!kept)
        return NULL;
    *kept = (struct es_kept_message){
        .kept = {.entry = {.kind = ES_CHRONICLE_MESSAGE,
                           .side = view->side,
                           .ref = datagram->ref,
                           .message = &kept->message},
                 .bytes = size          },
        .message = { .header = message->header,
                 .encrypted = message->encrypted,
                 .decrypted = message->decrypted,
                 .in_pieces = datagram->first_fragment_only,
                 .fragment_number = message->fragment_number,
                 .fault = message->fault},
        .fault_reason = message->fault_reason,
        .fault_offset = message->fault_offset,
        .sealed = (uint32_t)es_wire_left(&message->sealed),
        .held = (uint32_t)es_left(&datagram->payload),
        .payloads_dropped = (uint32_t)message->payloads_dropped,
        .fragment_total = message->fragment_total,
        .payload_count = (uint8_t)message->payload_count,
        .clear_count = (uint8_t)message->clear_count,
    };
    keep_view(kept, view);
    kept->message.refuses |= es_ike_is_response(&message->header) && has_error(message);
    keep_payloads(kept, message, held);
    return &kept->kept;
}

struct es_kept_message *es_kept_message_of(struct es_kept *kept)
{
    return (struct es_kept_message *)kept;
}

/* Bytes that were not kept are missing, as from a capture that was cut. */
static void restore_payloads(const struct es_kept_message *kept, struct es_restored *out)
{
    const uint8_t *at = (const uint8_t *)(kept->payloads + kept->payload_count);
    for (size_t i = 0; i < kept->payload_count; i++) {
        const struct es_kept_payload *p = &kept->payloads[i];
        out->message.payloads[i] = (struct es_ike_payload){
            .type = p->type,
            .critical = p->critical,
            .length = p->length,
            .offset = p->offset,
            .body = es_cursor(at, p->held, p->wire),
        };
        out->rung.abridged |= (uint64_t)p->abridged << i;
        at += p->held;
    }
}

static void restore_message(const struct es_kept_message *kept, struct es_restored *out)
{
    const struct es_chronicle_message *m = &kept->message;
    struct es_ike_message *message = &out->message;
    message->header = m->header;
    message->encrypted = m->encrypted;
    message->decrypted = m->decrypted;
    message->sealed = es_cursor(NULL, 0, kept->sealed);
    message->fragment_number = m->fragment_number;
    message->fragment_total = kept->fragment_total;
    message->payload_count = kept->payload_count;
    message->clear_count = kept->clear_count;
    message->payloads_dropped = kept->payloads_dropped;
    message->fault = m->fault;
    message->fault_offset = kept->fault_offset;
    message->fault_reason = kept->fault_reason;
}

void es_kept_restore(const struct es_chronicle_entry *entry, const struct es_tunnel *tunnel,
                     struct es_restored *out)
{
    const struct es_kept_message *kept = (const struct es_kept_message *)entry;
    const struct es_chronicle_message *m = &kept->message;
    memset(out, 0, sizeof(*out));
    out->datagram.kind = ES_DATAGRAM_IKE;
    out->datagram.ref = entry->ref;
    out->datagram.first_fragment_only = m->in_pieces;
    restore_message(kept, out);
    restore_payloads(kept, out);
    out->sa.number = entry->ike_sa;
    out->sa.major = m->header.major;
    out->sa.birth_seen = kept->birth_seen;
    out->exchange.judged = m->judged;
    out->exchange.messages = kept->position;
    out->view = (struct es_message_view){
        .tunnel = tunnel,
        .ike_sa = entry->ike_sa ? &out->sa : NULL,
        .exchange = kept->in_exchange ? &out->exchange : NULL,
        .side = entry->side,
        .is_response = m->is_response,
        .could_be = m->could_be,
        .retransmission_of = m->retransmission_of,
        .response_to = m->response_to,
    };
    out->rung.datagram = &out->datagram;
    out->rung.message = &out->message;
    out->rung.view = &out->view;
    out->rung.held = kept->held;
    out->rung.unanswered = m->answer == ES_ANSWER_UNANSWERED;
}
