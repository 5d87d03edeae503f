/*
 * Exchanges: which message answers which, and which is sent again.
 *
 * IKEv2 says it in the header: message ID and the response flag (RFC 7296, 2.2). IKEv1 does not:
 * within the messages of one exchange type and message ID, a message from the other side answers
 * the one before it (RFC 2409, 5); DPD uses a message ID of its own for each message (RFC
 * 3706, 5.3), so there an acknowledgement is what comes back with the same length soon after.
 */
#include "memory.h"

#include <string.h>

static bool is_ikev1_dpd(const struct es_sighting *s)
{
    return s->sa->major == 1 &&
           s->message->header.exchange_type == ES_IKE_EXCHANGE_INFORMATIONAL_V1 &&
           s->could_be & ES_IKE_CLASS_R_U_THERE;
}

/* The exchange a message may belong to: the newest of its type and message ID. */
static struct es_exchange *find(const struct es_sighting *s)
{
    const struct es_ike_header *h = &s->message->header;
    for (struct es_exchange *e = s->sa->exchanges; e; e = e->older) {
        if (e->exchange_type != h->exchange_type)
            continue;
        if (e->message_id == h->message_id) {
            const uint8_t asker = es_ike_is_response(h) ? 1 - s->side : s->side;
            if (s->sa->major == 1 || e->side == asker)
                return e;
        }
    }
    return NULL;
}

/* IKEv1: the R-U-THERE that a message of the same length from the other side acknowledges. */
static struct es_exchange *find_dpd_request(const struct es_sighting *s)
{
    struct es_exchange *found = NULL;
    for (struct es_exchange *e = s->sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_INFORMATIONAL_V1 && e->side != s->side &&
            !e->answered && e->request_class & ES_IKE_CLASS_R_U_THERE &&
            e->length == s->message->header.length &&
            es_within(&e->request, &s->datagram->ref, ES_DPD_ANSWER_MS))
            found = e; /* the oldest that waits */
    }
    return found;
}

/* A fresh record at the head of the SA's list; the oldest beyond the limit is used again. */
static struct es_exchange *exchange_new(struct es_tracker *tracker, struct es_ike_sa *sa)
{
    struct es_exchange **link = &sa->exchanges;
    int kept = 0;
    while (*link && ++kept < ES_EXCHANGES_KEPT)
        link = &(*link)->older;
    struct es_exchange *e = *link;
    if (e)
        *link = NULL;
    else
        e = es_keep(tracker, &sa->owned, sizeof(*e));
    if (!e)
        return NULL;
    memset(e, 0, sizeof(*e));
    e->older = sa->exchanges;
    sa->exchanges = e;
    sa->exchange_count++;
    return e;
}

static struct es_exchange *begin(const struct es_sighting *s, uint16_t ordinal)
{
    struct es_exchange *e = exchange_new(s->tracker, s->sa);
    if (!e)
        return NULL;
    const struct es_ike_header *h = &s->message->header;
    e->exchange_type = h->exchange_type;
    e->message_id = h->message_id;
    e->length = h->length;
    e->side = s->side;
    e->messages = ordinal;
    e->request = e->last_request = s->datagram->ref;
    e->request_print = s->print;
    e->request_class = s->could_be;
    e->request_ip_id = s->datagram->ip_id;
    es_delivery_request(s, e);
    return e;
}

static void add_response_time(struct es_ike_sa *sa, es_time span)
{
    const int64_t microseconds = span > 0 ? span / ES_MICROSECOND : 0;
    const uint32_t sample = microseconds > UINT32_MAX ? UINT32_MAX : (uint32_t)microseconds;
    sa->response_samples[sa->response_count++ % ES_RESPONSE_SAMPLES] = sample;
    if (sample > sa->response_max_us)
        sa->response_max_us = sample;
}

static void answer(const struct es_sighting *s, struct es_exchange *e)
{
    e->answered = true;
    e->response = s->datagram->ref;
    e->response_print = s->print;
    e->response_class = s->could_be;
    if (es_ref_seen(&e->request))
        add_response_time(s->sa, e->response.time - e->request.time);
    es_delivery_answer(s, e);
}

/*
 * The same bytes again: the peer sent them again, unless it is one packet that the capture saw
 * twice (interface "any", a mirror port, captures of both ends merged).
 */
static bool is_copy(const struct es_exchange *e, const struct es_sighting *s)
{
    const struct es_packet_ref *ref = &s->datagram->ref;
    const uint32_t ip_id = s->datagram->ip_id;
    /* A host numbers what it sends: another number, another packet. RFC 6864, 4. */
    if (ip_id != 0 && e->request_ip_id != 0 && ip_id != e->request_ip_id)
        return false;
    if (es_within(&e->last_request, ref, ES_COPY_WINDOW_MS))
        return true;
    return ref->file != e->last_request.file && s->datagram->ip_id != 0 &&
           s->datagram->ip_id == e->request_ip_id;
}

static enum es_part repeat_request(const struct es_sighting *s, struct es_exchange *e)
{
    es_delivery_again(s, e);
    if (is_copy(e, s)) {
        struct es_tunnel_oddities *oddities = es_tunnel_oddities_of(s->tracker, s->tunnel);
        if (oddities)
            es_tally_add(&oddities->copies, &s->datagram->ref);
        return ES_PART_REPEAT;
    }
    if (e->answered && !es_within(&e->response, &s->datagram->ref, ES_COPY_WINDOW_MS))
        es_delivery_again_answered(s, e);
    e->retransmissions++;
    s->sa->retransmissions++;
    e->last_request = s->datagram->ref;
    e->request_ip_id = s->datagram->ip_id;
    return ES_PART_REPEAT;
}

/* The same response, sent again: later than a copy that the capture made would be. */
static bool repeats_response(const struct es_sighting *s, const struct es_exchange *e)
{
    return e->response_print == s->print &&
           !es_within(&e->response, &s->datagram->ref, ES_COPY_WINDOW_MS);
}

static enum es_part repeat_piece(const struct es_sighting *s, struct es_exchange *e)
{
    es_delivery_again(s, e);
    return ES_PART_REPEAT;
}

static struct es_exchange *see_ikev2(const struct es_sighting *s, enum es_part *part)
{
    const bool is_response = es_ike_is_response(&s->message->header);
    struct es_exchange *e = find(s);
    if (!is_response) {
        *part = ES_PART_REQUEST;
        if (e && e->request_print == s->print)
            *part = repeat_request(s, e);
        /* Fragments of one request (RFC 7383) and retries with a cookie differ in their bytes. */
        else if (e && s->message->fragment_total)
            *part = repeat_piece(s, e);
        else
            e = begin(s, 1);
        return e;
    }
    *part = ES_PART_RESPONSE;
    if (!e) {
        e = begin(s, 1);
        if (!e)
            return NULL;
        e->side = 1 - s->side;
        e->request.number = e->last_request.number = 0;
        e->request_class = 0;
        e->request_print = 0;
        e->sent_to[0].port = 0;
        e->pieces[0] = (struct es_pieces){0};
    }
    if (e->answered) {
        e->repeated_responses += repeats_response(s, e);
        es_delivery_answer_again(s, e);
        *part = ES_PART_REPEAT;
    } else {
        answer(s, e);
    }
    return e;
}

static struct es_exchange *see_ikev1(const struct es_sighting *s, enum es_part *part)
{
    const bool is_dpd = is_ikev1_dpd(s);
    for (struct es_exchange *e = s->sa->exchanges; e; e = e->older) {
        if (e->request_print == s->print && e->side == s->side) {
            *part = repeat_request(s, e);
            return e;
        }
        if (e->answered && e->response_print == s->print && e->side != s->side) {
            e->repeated_responses += repeats_response(s, e);
            es_delivery_answer_again(s, e);
            *part = ES_PART_REPEAT;
            return e;
        }
    }
    struct es_exchange *e = is_dpd ? find_dpd_request(s) : find(s);
    const bool is_informational =
        s->message->header.exchange_type == ES_IKE_EXCHANGE_INFORMATIONAL_V1;
    if (e && !e->answered && e->side != s->side && (is_dpd || !is_informational)) {
        answer(s, e);
        *part = ES_PART_RESPONSE;
        return e;
    }
    *part = ES_PART_REQUEST;
    const int before = e && !is_informational ? e->messages + (e->answered ? 1 : 0) : 0;
    return begin(s, (uint16_t)(before + 1));
}

/* The exchange of a message and the part it plays; NULL when memory ended. */
struct es_exchange *es_exchange_see(const struct es_sighting *s, enum es_part *part)
{
    return s->sa->major == 1 ? see_ikev1(s, part) : see_ikev2(s, part);
}
