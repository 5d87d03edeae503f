/*
 * Delivery: what of IKE gets through. Requests sent again after their answer, answers from another
 * place than the request went to, messages in pieces of which some never come, and what ICMP says.
 */
#include "memory.h"

static bool is_at(const struct es_endpoint *endpoint, const struct es_address *address,
                  uint16_t port)
{
    return endpoint->port == port && es_address_equal(&endpoint->address, address);
}

/* --- where requests went and answers came from --- */

static void note_target(struct es_exchange *e, const struct es_datagram *d)
{
    if (!is_at(&e->sent_to[0], &d->destination, d->destination_port))
        e->sent_to[1] = (struct es_endpoint){d->destination, d->destination_port};
}

/*
 * True when an answer to this request comes from where it was not sent. Requests seen on both sides
 * of an address translation have two right places.
 */
static bool is_from_elsewhere(const struct es_exchange *e, const struct es_datagram *d)
{
    return es_ref_seen(&e->request) && e->sent_to[0].port != 0 && d->source_port != 0 &&
           !is_at(&e->sent_to[0], &d->source, d->source_port) &&
           !is_at(&e->sent_to[1], &d->source, d->source_port);
}

/* The request that a message of `side` answers as far as its header tells; or NULL. */
static const struct es_exchange *answered_by(const struct es_ike_sa *sa,
                                             const struct es_ike_header *h, uint8_t side)
{
    if (sa->major == 2 && (h->major != 2 || !es_ike_is_response(h)))
        return NULL;
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == h->exchange_type && e->message_id == h->message_id)
            return e->side != side && (sa->major == 2 || !e->answered) ? e : NULL;
    }
    return NULL;
}

bool es_delivery_strays(const struct es_ike_sa *sa, const struct es_datagram *d,
                        const struct es_ike_header *h, uint8_t side)
{
    const struct es_exchange *e = answered_by(sa, h, side);
    return e && is_from_elsewhere(e, d);
}

static void judge_source(const struct es_sighting *s, const struct es_exchange *e)
{
    const struct es_datagram *d = s->datagram;
    if (!is_from_elsewhere(e, d)) {
        struct es_stray *known = s->sa->oddities ? &s->sa->oddities->stray : NULL;
        /* The capture shows it on both sides of an address translation. */
        if (known && known->tally.count && known->message_id == e->message_id &&
            known->exchange_type == e->exchange_type)
            known->tally.count = 0;
        return;
    }
    struct es_ike_oddities *oddities = es_ike_oddities_of(s->tracker, s->sa);
    if (!oddities)
        return;
    struct es_stray *stray = &oddities->stray;
    if (stray->tally.count == 0)
        *stray = (struct es_stray){
            .request = e->request,
            .expected = e->sent_to[0],
            .from = {d->source, d->source_port},
            .message_id = e->message_id,
            .exchange_type = e->exchange_type,
            .side = s->side,
        };
    es_tally_add(&stray->tally, &d->ref);
}

/* --- pieces --- */

uint16_t es_piece_missing(const struct es_pieces *pieces)
{
    for (uint16_t number = 1; number <= pieces->total && number <= ES_PIECES_KEPT; number++) {
        if (!(pieces->seen >> (number - 1) & 1))
            return number;
    }
    return 0;
}

static void note_piece(const struct es_sighting *s, struct es_pieces *pieces)
{
    const struct es_ike_message *message = s->message;
    if (s->datagram->reassembled)
        pieces->ip = true;
    if (message->fragment_total > pieces->total)
        pieces->total = message->fragment_total;
    if (message->fragment_number >= 1 && message->fragment_number <= ES_PIECES_KEPT)
        pieces->seen |= UINT64_C(1) << (message->fragment_number - 1);
}

static bool is_same_message(const struct es_partial *p, const struct es_ike_header *h, uint8_t side)
{
    return p->initiator_spi == h->initiator_spi && p->message_id == h->message_id &&
           p->exchange_type == h->exchange_type && p->side == side &&
           p->response == es_ike_is_response(h);
}

static struct es_partial *partial_of(struct es_tracker *tracker, struct es_tunnel *tunnel,
                                     const struct es_ike_header *h, uint8_t side)
{
    if (!tunnel->partials)
        tunnel->partials = es_keep(tracker, &tunnel->keeping.owned, sizeof(*tunnel->partials));
    struct es_partials *partials = tunnel->partials;
    if (!partials)
        return NULL;
    for (size_t i = 0; i < partials->count; i++) {
        if (is_same_message(&partials->items[i], h, side))
            return &partials->items[i];
    }
    if (partials->count == ES_PARTIALS_KEPT) {
        for (size_t i = 1; i < partials->count; i++)
            partials->items[i - 1] = partials->items[i];
        partials->count--;
    }
    struct es_partial *p = &partials->items[partials->count++];
    *p = (struct es_partial){
        .initiator_spi = h->initiator_spi,
        .message_id = h->message_id,
        .length = h->length,
        .major = h->major,
        .exchange_type = h->exchange_type,
        .side = side,
        .response = es_ike_is_response(h),
    };
    return p;
}

/* A first IP fragment, whose rest may never come. */
void es_delivery_partial(struct es_tracker *tracker, const struct es_datagram *datagram,
                         const struct es_ike_message *message, struct es_message_view *view)
{
    uint8_t side = 0;
    const struct es_ike_sa *sa = es_ike_sa_find(tracker, datagram, message, 0);
    struct es_tunnel *tunnel = sa ? sa->tunnel : es_tunnel_of(tracker, datagram, &side);
    if (sa)
        side = es_tunnel_side(tunnel, datagram);
    struct es_partial *p = tunnel ? partial_of(tracker, tunnel, &message->header, side) : NULL;
    if (!p) {
        tracker->model.dropped++;
        return;
    }
    view->tunnel = tunnel;
    view->ike_sa = sa;
    view->side = side;
    p->first_length = datagram->ip_length;
    es_tally_add(&p->tally, &datagram->ref);
}

/* A whole message: that its first fragments came alone before is settled. */
void es_delivery_whole(const struct es_sighting *s)
{
    struct es_partials *partials = s->tunnel->partials;
    for (size_t i = 0; partials && i < partials->count; i++) {
        if (!is_same_message(&partials->items[i], &s->message->header, s->side))
            continue;
        for (partials->count--; i < partials->count; i++)
            partials->items[i] = partials->items[i + 1];
        return;
    }
}

/* --- requests and answers --- */

static void note_request_id(const struct es_sighting *s, uint32_t id)
{
    struct es_request_ids *ids = &s->sa->request_ids[s->side];
    /* Each end counts its requests from 0: RFC 7296, 2.2. */
    if (ids->next == UINT64_MAX)
        ids->next = s->sa->birth_seen ? 0 : id;
    if (id > ids->next) {
        ids->first_missing = (uint32_t)ids->next;
        ids->count = (uint32_t)(id - ids->next);
        ids->behind = s->datagram->ref;
    } else if (ids->count && id >= ids->first_missing && id - ids->first_missing < ids->count) {
        ids->count = 0;
    }
    if (id >= ids->next)
        ids->next = (uint64_t)id + 1;
}

static bool has_cookie(const struct es_ike_message *message)
{
    struct es_ike_notify notify;
    return message->header.exchange_type == ES_IKE_EXCHANGE_IKE_SA_INIT &&
           es_ike_notify_find(message, ES_IKE_NOTIFY_COOKIE, &notify);
}

/* A message that begins an exchange, as its request. */
void es_delivery_request(const struct es_sighting *s, struct es_exchange *e)
{
    e->sent_to[0] = (struct es_endpoint){s->datagram->destination, s->datagram->destination_port};
    note_piece(s, &e->pieces[0]);
    if (s->sa->major != 2 || es_ike_is_response(&s->message->header))
        return;
    note_request_id(s, e->message_id);
    e->cookie = has_cookie(s->message);
}

/* The same request again, or another piece of it. */
void es_delivery_again(const struct es_sighting *s, struct es_exchange *e)
{
    note_target(e, s->datagram);
    note_piece(s, &e->pieces[0]);
}

static void note_delay(struct es_ike_sa *sa, const struct es_exchange *e,
                       const struct es_packet_ref *since)
{
    const es_time span = e->response.time - since->time;
    const int64_t us = span / ES_MICROSECOND;
    if (us <= sa->slowest.us || span > ES_ANSWER_MAX_S * ES_SECOND)
        return;
    sa->slowest = (struct es_slowest){
        .us = (uint32_t)us,
        .exchange_type = e->exchange_type,
        .side = 1 - e->side,
        .request = *since,
        .response = e->response,
    };
}

void es_delivery_answer(const struct es_sighting *s, struct es_exchange *e)
{
    struct es_ike_sa *sa = s->sa;
    note_piece(s, &e->pieces[1]);
    if (!es_ref_seen(&e->request))
        return;
    sa->answered[e->side]++;
    struct es_ike_oddities *oddities =
        e->retransmissions ? es_ike_oddities_of(s->tracker, sa) : NULL;
    if (oddities) {
        es_tally_add(&oddities->late[e->side], &e->response);
        oddities->resent[e->side] += e->retransmissions;
    }
    note_delay(sa, e, &e->last_request);
    judge_source(s, e);
    const bool asks_cookie = sa->major == 2 && has_cookie(s->message);
    oddities = asks_cookie ? es_ike_oddities_of(s->tracker, sa) : NULL;
    if (oddities) {
        es_tally_add(&oddities->cookies.asked, &s->datagram->ref);
        if (e->cookie)
            es_tally_add(&oddities->cookies.refused, &s->datagram->ref);
    }
}

/* The request once more, later than its answer. */
void es_delivery_again_answered(const struct es_sighting *s, struct es_exchange *e)
{
    struct es_ike_oddities *oddities = es_ike_oddities_of(s->tracker, s->sa);
    if (oddities) {
        if (e->retransmissions == 0)
            es_tally_add(&oddities->late[e->side], &s->datagram->ref);
        oddities->resent[e->side]++;
    }
    es_tally_add(&e->asked_again, &s->datagram->ref);
}

/* The response again, or another piece of it. */
void es_delivery_answer_again(const struct es_sighting *s, struct es_exchange *e)
{
    note_piece(s, &e->pieces[1]);
    if (!es_ref_seen(&e->request))
        return;
    judge_source(s, e);
    if (e->retransmissions && e->repeated_responses >= e->retransmissions)
        note_delay(s->sa, e, &e->request);
}

void es_delivery_foreign(const struct es_sighting *s)
{
    struct es_tunnel_oddities *oddities = es_tunnel_oddities_of(s->tracker, s->tunnel);
    if (!oddities)
        return;
    struct es_foreign *foreign = &oddities->foreign;
    if (foreign->tally.count == 0) {
        foreign->major = s->message->header.major;
        foreign->side = s->side;
    }
    es_tally_add(&foreign->tally, &s->datagram->ref);
}

/* --- ICMP --- */

/* Errors that say that a packet did not arrive, as opposed to one too large. RFC 792; RFC 4443. */
static bool says_lost(const struct es_icmp_error *icmp)
{
    enum { V4_UNREACHABLE = 3, V4_TOO_BIG = 4, V4_TIME = 11, V6_UNREACHABLE = 1, V6_TIME = 3 };
    if (icmp->v6)
        return icmp->type == V6_UNREACHABLE || icmp->type == V6_TIME;
    return (icmp->type == V4_UNREACHABLE && icmp->code != V4_TOO_BIG) || icmp->type == V4_TIME;
}

void es_delivery_refused(struct es_refusal *refusal, const struct es_datagram *d)
{
    const struct es_icmp_error *icmp = &d->icmp;
    /* On a NAT-T port a short quote does not tell IKE from ESP; both are refused alike. */
    const bool is_ike = icmp->quoted_kind == ES_DATAGRAM_IKE ||
                        (icmp->quoted_kind == ES_DATAGRAM_OTHER && d->destination_port != 0);
    if (!is_ike || !says_lost(icmp))
        return;
    es_tally_add(&refusal->tally, &d->ref);
    refusal->last = *icmp;
}
