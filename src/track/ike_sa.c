/*
 * IKE SAs (IKEv1: ISAKMP SAs): found by their SPIs, born with a first message, with a rekey, or in
 * the middle when the capture began later than they did.
 */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

struct spi_key {
    uint64_t initiator, responder;
};

/* Before the responder answered there is but one SPI; the initiator's address keeps forged ones
 * apart. */
struct half_open_key {
    uint64_t initiator;
    struct es_address address;
};

static struct es_ike_sa *find_by_spis(const struct es_tracker *tracker,
                                      const struct es_ike_header *h)
{
    const struct spi_key key = {h->initiator_spi, h->responder_spi};
    return es_alias_find(&tracker->ike_sas, &key);
}

static struct es_ike_sa *find_half_open(const struct es_tracker *tracker, uint64_t spi,
                                        const struct es_address *address)
{
    const struct half_open_key key = {spi, *address};
    return es_alias_find(&tracker->half_open, &key);
}

static bool add_by_spis(struct es_tracker *tracker, struct es_ike_sa *sa)
{
    const struct spi_key key = {sa->initiator_spi, sa->responder_spi};
    return es_alias_set(tracker, &tracker->ike_sas, &key, sa, &sa->aliases);
}

static bool add_half_open(struct es_tracker *tracker, struct es_ike_sa *sa,
                          const struct es_address *address)
{
    const struct half_open_key key = {sa->initiator_spi, *address};
    return es_alias_set(tracker, &tracker->half_open, &key, sa, &sa->aliases);
}

static bool opens_phase1(const struct es_ike_header *h)
{
    return h->exchange_type == ES_IKE_EXCHANGE_IKE_SA_INIT ||
           h->exchange_type == ES_IKE_EXCHANGE_IKE_SESSION_RESUME ||
           h->exchange_type == ES_IKE_EXCHANGE_IDENTITY_PROTECTION ||
           h->exchange_type == ES_IKE_EXCHANGE_AGGRESSIVE;
}

static bool is_first_message(const struct es_ike_message *message)
{
    const struct es_ike_header *h = &message->header;
    return h->responder_spi == 0 && opens_phase1(h) && !es_ike_is_response(h) &&
           !message->encrypted;
}

static struct es_ike_sa *ike_sa_new(struct es_tracker *tracker, struct es_tunnel *tunnel,
                                    const struct es_datagram *datagram,
                                    const struct es_ike_header *h)
{
    struct es_block *owned = NULL;
    if (tracker->model.ike_sa_count >= tracker->ike_sas.limit)
        return NULL;
    struct es_ike_sa *sa = es_keep(tracker, &owned, sizeof(*sa));
    if (!sa)
        return NULL;
    sa->owned = owned;
    sa->requests = es_no_requests;
    sa->initiator_spi = h->initiator_spi;
    sa->responder_spi = h->responder_spi;
    sa->tunnel = tunnel;
    sa->major = h->major;
    sa->state = ES_IKE_SA_UNKNOWN;
    sa->request_ids[0].next = sa->request_ids[1].next = UINT64_MAX;
    sa->first = sa->last = datagram->ref;

    struct es_model *model = &tracker->model;
    *(tracker->last_ike_sa ? &tracker->last_ike_sa->next : &model->ike_sas) = sa;
    sa->previous = tracker->last_ike_sa;
    tracker->last_ike_sa = sa;
    *(tunnel->last_ike_sa ? &tunnel->last_ike_sa->next_in_tunnel : &tunnel->ike_sas) = sa;
    sa->older_in_tunnel = tunnel->last_ike_sa;
    tunnel->last_ike_sa = sa;
    tunnel->ike_version = h->major;
    sa->number = ++model->ike_sa_count + model->forgotten.ike_sas;
    tunnel->keeping.ike_sas++;
    es_tunnel_grew(tracker, tunnel);
    if (model->ike_sa_count >= tracker->ike_sas.limit)
        tracker->work = true;
    return sa;
}

const struct es_ike_oddities *es_ike_sa_odd(const struct es_ike_sa *sa)
{
    static const struct es_ike_oddities none;
    return sa->oddities ? sa->oddities : &none;
}

struct es_ike_oddities *es_ike_oddities_of(struct es_tracker *tracker, struct es_ike_sa *sa)
{
    if (!sa->oddities)
        sa->oddities = es_keep(tracker, &sa->owned, sizeof(*sa->oddities));
    return sa->oddities;
}

static void tell(struct es_tracker *tracker, enum es_event_kind kind, struct es_ike_sa *sa,
                 uint8_t side, const struct es_packet_ref *ref)
{
    const struct es_event event = {
        .kind = kind, .ref = *ref, .tunnel = sa->tunnel, .ike_sa = sa, .side = side};
    es_event_send(tracker, &event);
}

void es_ike_sa_establish(struct es_tracker *tracker, struct es_ike_sa *sa,
                         const struct es_packet_ref *ref)
{
    const bool is_news = !es_ref_seen(&sa->established) && (sa->birth_seen || sa->rekeys);
    /* Where EAP went on behind what seemed to be the end, the real one comes now. */
    if (is_news || (es_ref_seen(&sa->established) && sa->state == ES_IKE_SA_NEGOTIATING))
        sa->established = *ref;
    sa->state = ES_IKE_SA_ESTABLISHED;
    sa->closed.number = 0;
    if (is_news)
        es_tunnel_judge(tracker, sa->tunnel);
    if (is_news && !sa->rekeys)
        tell(tracker, ES_EVENT_IKE_SA_ESTABLISHED, sa, sa->initiator, ref);
}

/*
 * Failed, as far as can be seen now: EAP-Success is as short as a refusal, and only what follows
 * tells. So nobody is told.
 */
void es_ike_sa_stop(struct es_ike_sa *sa, uint8_t side, const struct es_packet_ref *ref)
{
    sa->state = ES_IKE_SA_FAILED;
    sa->error = 0;
    sa->error_side = side;
    sa->error_ref = *ref;
}

/* `error` 0: its notify is encrypted. */
void es_ike_sa_fail(struct es_tracker *tracker, struct es_ike_sa *sa, uint16_t error, uint8_t side,
                    const struct es_packet_ref *ref)
{
    es_ike_sa_stop(sa, side, ref);
    sa->error = error;
    tell(tracker, ES_EVENT_IKE_SA_FAILED, sa, side, ref);
}

void es_ike_sa_close(struct es_tracker *tracker, struct es_ike_sa *sa, uint8_t side,
                     const struct es_packet_ref *ref)
{
    sa->closed = *ref;
    sa->state = ES_IKE_SA_CLOSED;
    tell(tracker, ES_EVENT_IKE_SA_CLOSED, sa, side, ref);
}

/* The newest exchange of an SA that may have rekeyed it shortly before `ref`, or NULL. */
const struct es_exchange *es_ike_sa_rekey(const struct es_ike_sa *sa,
                                          const struct es_packet_ref *ref)
{
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_CREATE_CHILD_SA && e->answered &&
            es_within(&e->response, ref, ES_SUCCESSOR_MS) &&
            (e->response_class == 0 || e->response_class & ES_IKE_CLASS_NEW_IKE))
            return e;
    }
    return NULL;
}

/* An IKEv2 SA without IKE_SA_INIT in view: whose rekey made it? RFC 7296, 2.8 and 2.18. */
static struct es_ike_sa *predecessor(const struct es_ike_sa *sa)
{
    int looked_at = 0;
    for (struct es_ike_sa *old = sa->older_in_tunnel; old && looked_at < ES_IKE_SAS_LOOKED_AT;
         old = old->older_in_tunnel, looked_at++) {
        const bool announced = old->successor_spis[0] == sa->initiator_spi &&
                               old->successor_spis[1] == sa->responder_spi;
        /* A successor may have nothing to say for long: the end of the old one is near its rekey.
         */
        const struct es_packet_ref *near =
            old->state == ES_IKE_SA_CLOSED ? &old->closed : &sa->first;
        if (old->major == 2 && !old->rekeyed_to &&
            (announced || (!old->successor_spis[0] && es_ike_sa_rekey(old, near))))
            return old;
    }
    return NULL;
}

/* A Child SA was not replaced, so what looked like its Delete was another's. */
static void restore_child(struct es_child_sa *child, const struct es_child_sa *not_by)
{
    child->rekeyed_by = NULL;
    if (child->deleted.ref.time < not_by->created.ref.time)
        return;
    child->deleted = (struct es_child_event){0};
    for (int side = 0; side < 2; side++) {
        if (child->flows[side])
            es_irregular_not_stale(child->flows[side]);
    }
}

/* What looked like a new Child SA was the new IKE SA: take the empty Child SA back. */
void es_ike_sa_withdraw_child(const struct es_ike_sa *old, const struct es_packet_ref *ref)
{
    const struct es_exchange *e = es_ike_sa_rekey(old, ref);
    int looked_at = 0;
    for (struct es_child_sa *c = old->tunnel->children; e && c && looked_at < ES_CHILDREN_LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        if (c->created.ref.number != e->response.number ||
            c->created.ref.file != e->response.file || c->flows[0] || c->flows[1])
            continue;
        c->withdrawn = true;
        if (c->rekeys)
            restore_child(c->rekeys, c);
        c->rekeys = NULL;
    }
}

static void succeed(struct es_tracker *tracker, struct es_ike_sa *old, struct es_ike_sa *sa)
{
    es_ike_sa_withdraw_child(old, &sa->first);
    if (old->state != ES_IKE_SA_CLOSED) /* its Delete was taken for another, or comes yet */
        es_ike_sa_close(tracker, old, sa->initiator, &sa->first);
    old->rekeyed_to = sa;
    sa->rekeys = old;
    sa->inferred = true;
    sa->suite = old->suite; /* most rekeys keep it; lengths are judged on that assumption */
    sa->nonce_length = old->nonce_length;
    sa->padding[0] = old->padding[0];
    sa->padding[1] = old->padding[1];
    sa->nat = old->nat;
    sa->vendor_traits[0] = old->vendor_traits[0];
    sa->vendor_traits[1] = old->vendor_traits[1];
    es_ike_sa_establish(tracker, sa, &sa->first);
    tell(tracker, ES_EVENT_IKE_SA_REKEYED, sa, sa->initiator, &sa->first);
}

/*
 * The SA that still waits for its responder's SPI. IKEv2 says which end began it; an IKEv1 message
 * after the first may come from either.
 */
static struct es_ike_sa *find_waiting(const struct es_tracker *tracker,
                                      const struct es_datagram *datagram,
                                      const struct es_ike_message *message)
{
    const struct es_ike_header *h = &message->header;
    const bool from_initiator =
        h->major == 2 ? (h->flags & ES_IKE_FLAG_INITIATOR) != 0 : is_first_message(message);
    struct es_ike_sa *sa = find_half_open(
        tracker, h->initiator_spi, from_initiator ? &datagram->source : &datagram->destination);
    if (!sa && h->major == 1)
        sa = find_half_open(tracker, h->initiator_spi, &datagram->source);
    return sa;
}

/*
 * A first message whose SPI is known: the same again, a try with a cookie or another group, or a
 * new SA with the SPI of one long finished.
 */
static bool is_new_attempt(const struct es_ike_sa *sa, uint64_t print)
{
    if (sa->state == ES_IKE_SA_NEGOTIATING || sa->state == ES_IKE_SA_FAILED)
        return false;
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->request_print == print)
            return false;
    }
    return true;
}

static uint8_t sender_side(const struct es_ike_sa *sa, const struct es_datagram *datagram,
                           const struct es_ike_header *h)
{
    if (sa->major == 2 && h->major == 2)
        return h->flags & ES_IKE_FLAG_INITIATOR ? sa->initiator : 1 - sa->initiator;
    return es_tunnel_side(sa->tunnel, datagram);
}

/* Child SAs whose negotiation is not in view are this IKE SA's, as far as anyone can tell. */
static void adopt_children(struct es_ike_sa *sa)
{
    int looked_at = 0;
    for (struct es_child_sa *c = sa->tunnel->children; c && looked_at < ES_CHILDREN_LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        if (!c->ike_sa)
            c->ike_sa = sa;
    }
}

static struct es_ike_sa *begin(struct es_tracker *tracker, const struct es_datagram *datagram,
                               const struct es_ike_message *message, uint8_t *side)
{
    const struct es_ike_header *h = &message->header;
    struct es_tunnel *tunnel = es_tunnel_of(tracker, datagram, side);
    struct es_ike_sa *sa = tunnel ? ike_sa_new(tracker, tunnel, datagram, h) : NULL;
    if (!sa)
        return NULL;
    const bool from_initiator = h->major == 2 ? (h->flags & ES_IKE_FLAG_INITIATOR) != 0
                                              : h->responder_spi == 0 || *side == 0;
    sa->initiator = from_initiator ? *side : 1 - *side;
    if (is_first_message(message)) {
        sa->birth_seen = true;
        sa->state = ES_IKE_SA_NEGOTIATING;
    }
    const struct es_address *address = from_initiator ? &datagram->source : &datagram->destination;
    if (!add_half_open(tracker, sa, address) || (h->responder_spi && !add_by_spis(tracker, sa)))
        return NULL;
    if (h->major == 2 && !opens_phase1(h) && h->responder_spi) {
        struct es_ike_sa *old = predecessor(sa);
        if (old)
            succeed(tracker, old, sa);
        else
            adopt_children(sa);
    }
    return sa;
}

/*
 * True when the responder's SPI may still change: none is known, or it came with an answer that
 * wants another try (COOKIE, INVALID_KE_PAYLOAD) or refuses, which should have none but may, and a
 * new one each time that the request is sent again. RFC 7296, 2.6 and 2.21.1.
 */
static bool awaits_responder(const struct es_ike_sa *sa)
{
    const bool may_begin = sa->state == ES_IKE_SA_NEGOTIATING || sa->state == ES_IKE_SA_FAILED;
    return sa->responder_spi == 0 || (may_begin && sa->chosen.count == 0);
}

/* The SA of a message when it is known. */
struct es_ike_sa *es_ike_sa_find(const struct es_tracker *tracker,
                                 const struct es_datagram *datagram,
                                 const struct es_ike_message *message, uint64_t print)
{
    const struct es_ike_header *h = &message->header;
    struct es_ike_sa *sa = h->responder_spi ? find_by_spis(tracker, h) : NULL;
    if (sa)
        return sa;
    sa = find_waiting(tracker, datagram, message);
    if (sa && is_first_message(message) && is_new_attempt(sa, print))
        return NULL;
    /* Known by both SPIs already, and these are others. */
    if (sa && h->responder_spi && sa->responder_spi != h->responder_spi && !awaits_responder(sa))
        return NULL;
    return sa;
}

/* The SA that SPIs name, of a message that may be cut short behind them; or NULL. */
const struct es_ike_sa *es_ike_sa_named(const struct es_tracker *tracker,
                                        const struct es_datagram *datagram, uint64_t initiator_spi,
                                        uint64_t responder_spi)
{
    const struct es_ike_header header = {.initiator_spi = initiator_spi,
                                         .responder_spi = responder_spi};
    const struct es_ike_sa *sa = responder_spi ? find_by_spis(tracker, &header) : NULL;
    if (!sa)
        sa = find_half_open(tracker, initiator_spi, &datagram->source);
    return sa ? sa : find_half_open(tracker, initiator_spi, &datagram->destination);
}

/*
 * The SA of a message, made when it is new; NULL when a limit is reached. `side` is the sender's.
 */
struct es_ike_sa *es_ike_sa_of(struct es_tracker *tracker, const struct es_datagram *datagram,
                               const struct es_ike_message *message, uint64_t print, uint8_t *side)
{
    const struct es_ike_header *h = &message->header;
    struct es_ike_sa *sa = es_ike_sa_find(tracker, datagram, message, print);
    if (!sa)
        return begin(tracker, datagram, message, side);
    if (h->responder_spi && sa->responder_spi != h->responder_spi && awaits_responder(sa)) {
        sa->responder_spi = h->responder_spi;
        add_by_spis(tracker, sa);
    }
    *side = sender_side(sa, datagram, h);
    const struct es_peer *peers = sa->tunnel->peers;
    const bool moved = !es_address_equal(&peers[*side].address, &datagram->source) ||
                       !es_address_equal(&peers[1 - *side].address, &datagram->destination) ||
                       peers[*side].port != datagram->source_port ||
                       peers[1 - *side].port != datagram->destination_port;
    /* A response from elsewhere is a fault of its own, and its sender is still where it was. */
    if (moved && !es_delivery_strays(sa, datagram, h, *side))
        es_tunnel_move(tracker, sa->tunnel, datagram, *side);
    return sa;
}

static int compare_samples(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

uint32_t es_ike_sa_response_median(const struct es_ike_sa *sa)
{
    uint32_t sorted[ES_RESPONSE_SAMPLES];
    const size_t count =
        sa->response_count < ES_RESPONSE_SAMPLES ? (size_t)sa->response_count : ES_RESPONSE_SAMPLES;
    if (count == 0)
        return 0;
    memcpy(sorted, sa->response_samples, count * sizeof(sorted[0]));
    qsort(sorted, count, sizeof(sorted[0]), compare_samples);
    return sorted[count / 2];
}
