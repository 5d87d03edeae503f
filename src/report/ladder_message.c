/*
 * A message in a line: the exchange and the part it plays in it, marks, payloads, faults.
 */
#include "ladder.h"

#include "wording.h"

#include <inttypes.h>

/* The same bytes within this are one packet that the capture saw twice. */
enum { COPY_MS = 50 };

static const char *exchange_name(const struct es_ike_header *header)
{
    if (header->major == 1) {
        switch (header->exchange_type) {
        case ES_IKE_EXCHANGE_IDENTITY_PROTECTION:
            return "Main Mode";
        case ES_IKE_EXCHANGE_AGGRESSIVE:
            return "Aggressive Mode";
        case ES_IKE_EXCHANGE_QUICK:
            return "Quick Mode";
        default:
            break;
        }
    }
    const struct es_registry_row *row =
        es_registry_find(&es_registry_ike_exchange, header->exchange_type);
    return row ? row->name : NULL;
}

/* How many messages an IKEv1 exchange has; 0: it varies. RFC 2409, 5. */
static unsigned exchange_messages(uint8_t type)
{
    switch (type) {
    case ES_IKE_EXCHANGE_IDENTITY_PROTECTION:
        return 6;
    case ES_IKE_EXCHANGE_AGGRESSIVE:
    case ES_IKE_EXCHANGE_QUICK:
        return 3;
    default:
        return 0;
    }
}

/* IKEv1: "2 of 6". Not told where the beginning was not seen. */
static void add_position(struct es_text *text, const struct es_rung *rung)
{
    const struct es_message_view *view = rung->view;
    const unsigned all = exchange_messages(rung->message->header.exchange_type);
    if (!view->exchange || !view->ike_sa || !all || !view->exchange->messages)
        return;
    const unsigned position = view->exchange->messages + (view->is_response ? 1U : 0U);
    const bool is_phase1 = rung->message->header.message_id == 0;
    if (position <= all && (!is_phase1 || view->ike_sa->birth_seen))
        es_text_addf(text, " %u of %u", position, all);
}

static void add_part(struct es_ladder *ladder, const struct es_rung *rung)
{
    struct es_text *text = &ladder->line;
    const struct es_ike_header *header = &rung->message->header;
    if (header->major != 1) {
        es_text_add_bytes(text, " ", 1);
        es_text_add_decimal(text, header->message_id);
        es_text_add(text, es_ike_is_response(header) ? " response" : " request");
        return;
    }
    add_position(text, rung);
    if (header->message_id) {
        es_ladder_ink(ladder, ES_INK_DIM);
        es_text_addf(text, " id %08" PRIx32, header->message_id);
        es_ladder_plain(ladder);
    }
}

static void add_flags(struct es_text *text, const struct es_ike_header *header)
{
    if (header->major == 1) {
        es_text_add(text, header->flags & ES_IKEV1_FLAG_COMMIT ? " commit" : "");
        es_text_add(text, header->flags & ES_IKEV1_FLAG_AUTHENTICATION ? " auth-only" : "");
    } else if (header->major != 2) {
        es_text_addf(text, " (IKE version %u.%u)", header->major, header->minor);
    } else {
        es_text_add(text, header->flags & ES_IKE_FLAG_VERSION ? " higher-version" : "");
    }
}

struct es_rung es_rung_of(const struct es_datagram *datagram, const struct es_ike_message *message,
                          const struct es_message_view *view)
{
    static const struct es_message_view unseen;
    return (struct es_rung){
        .datagram = datagram,
        .message = message,
        .view = view ? view : &unseen,
        .held = es_left(&datagram->payload),
    };
}

bool es_ladder_is_copy(const struct es_packet_ref *first, const struct es_packet_ref *ref)
{
    return ref->time - first->time < COPY_MS * ES_MILLISECOND;
}

static bool is_shown_before(const struct es_ladder *ladder, const struct es_packet_ref *ref)
{
    return ladder->messages > 0 && ladder->last.number == ref->number &&
           ladder->last.file == ref->file;
}

/* "again, #12 +4.0s", "to #11 +12ms". */
void es_ladder_add_marks(struct es_ladder *ladder, const struct es_rung *rung)
{
    const struct es_message_view *view = rung->view;
    const es_time now = rung->datagram->ref.time;
    if (view->retransmission_of.number) {
        const es_time since = now - view->retransmission_of.time;
        const bool is_copy = es_ladder_is_copy(&view->retransmission_of, &rung->datagram->ref);
        es_text_add(&ladder->line, " ");
        es_ladder_ink(ladder, is_copy ? ES_INK_DIM : ES_INK_YELLOW);
        es_text_add(&ladder->line, is_copy ? "captured twice, " : "again, ");
        es_text_add_packet(&ladder->line, ladder->options.source, &view->retransmission_of);
        if (!is_copy) {
            es_text_add(&ladder->line, " ");
            es_ladder_add_delta(&ladder->line, since);
        }
        es_ladder_plain(ladder);
    } else if (view->response_to.number) {
        es_text_add(&ladder->line, " to ");
        es_text_add_packet(&ladder->line, ladder->options.source, &view->response_to);
        /* Else the time since the message before says it already. */
        if (!is_shown_before(ladder, &view->response_to)) {
            es_text_add(&ladder->line, " ");
            es_ladder_add_delta(&ladder->line, now - view->response_to.time);
        }
    }
}

void es_ladder_add_title(struct es_ladder *ladder, const struct es_rung *rung)
{
    struct es_text *text = &ladder->line;
    const struct es_ike_header *header = &rung->message->header;
    const char *name = exchange_name(header);
    es_ladder_ink(ladder, ES_INK_BOLD);
    if (name)
        es_text_add(text, name);
    else
        es_text_addf(text, "exchange %u", header->exchange_type);
    es_ladder_plain(ladder);
    add_part(ladder, rung);
    add_flags(text, header);
}

void es_ladder_add_contents(struct es_ladder *ladder, const struct es_rung *rung)
{
    const struct es_ike_header *header = &rung->message->header;
    /* No datagram is longer than its 16 bits of length can say. */
    if (rung->datagram->first_fragment_only && header->length <= UINT16_MAX) {
        es_text_addf(&ladder->line, ", IP fragment: the first %zu of %" PRIu32 " bytes", rung->held,
                     header->length);
        return;
    }
    /* What is sent again was shown before. */
    if (ladder->options.detail == ES_LADDER_MESSAGES &&
        (!rung->view->retransmission_of.number || rung->message->fragment_number))
        es_ladder_add_payloads(ladder, rung);
    es_ladder_add_faults(ladder, rung);
}

void es_ladder_add_message(struct es_ladder *ladder, const struct es_rung *rung)
{
    es_ladder_add_title(ladder, rung);
    es_ladder_add_marks(ladder, rung);
    es_ladder_add_contents(ladder, rung);
}
