/*
 * What encrypted exchanges were, by length (ike: es_ike_could_be) and by what stands around them,
 * and what follows from it for IKE SAs and Child SAs. A length that leaves several open is decided
 * by behaviour: an INFORMATIONAL right after a rekey deletes what the rekey replaced, another one
 * is a liveness check.
 */
#include "memory.h"

static struct es_child_event event_of(const struct es_sighting *s, uint8_t side, const char *reason)
{
    const bool opened = s->message->decrypted;
    return (struct es_child_event){.ref = s->datagram->ref,
                                   .provenance =
                                       opened ? ES_PROVENANCE_DECRYPTED : ES_PROVENANCE_INFERRED,
                                   .reason = opened ? NULL : reason,
                                   .side = side};
}

/* True when `classes` is known and holds nothing but `allowed`. */
static bool is_only(unsigned classes, unsigned allowed)
{
    return classes != 0 && (classes & ~allowed) == 0;
}

/* True when `classes` is unknown or holds one of `wanted`. */
static bool may_be(unsigned classes, unsigned wanted)
{
    return classes == 0 || (classes & wanted) != 0;
}

static void fail(const struct es_sighting *s)
{
    es_ike_sa_fail(s->tracker, s->sa, 0, s->side, &s->datagram->ref);
}

/* The Child SA that an earlier round of IKE_AUTH seemed to make. */
static struct es_child_sa *early_child(const struct es_sighting *s)
{
    struct es_child_sa *newest = s->tunnel->children;
    const bool is_it = newest && newest->ike_sa == s->sa && !newest->flows[0] && !newest->flows[1];
    return is_it ? newest : NULL;
}

/*
 * Is there a REKEY_SA in the request? With one proposal a request is as long as its response, and
 * 12 bytes longer with that notify. Where the lengths leave both open, or the request has several
 * proposals, it stays open. RFC 7296, 1.3.3.
 */
static enum es_tristate names_rekeyed(const struct es_sighting *s, const struct es_exchange *e)
{
    enum { REKEY_SA_BYTES = 12, BEFORE_SEALED = ES_IKE_HEADER_BYTES + 4 };
    if (e->exchange_type != ES_IKE_EXCHANGE_CREATE_CHILD_SA || !es_ref_seen(&e->request))
        return ES_UNKNOWN;
    if (e->request_opened)
        return e->rekeyed_spi ? ES_YES : ES_NO;
    struct es_ike_bounds request, response;
    struct es_ike_suite asker = s->sa->suite, other = s->sa->suite;
    asker.alignment = s->sa->padding[e->side].alignment;
    other.alignment = s->sa->padding[1 - e->side].alignment;
    if (s->message->fragment_total > 1 || e->length <= BEFORE_SEALED ||
        !es_ike_bounds(&asker, e->length - BEFORE_SEALED, &request) ||
        !es_ike_bounds(&other, es_wire_left(&s->message->sealed), &response))
        return ES_UNKNOWN;
    const int64_t least = (int64_t)request.inner_min - response.inner_max;
    const int64_t most = (int64_t)request.inner_max - response.inner_min;
    if (least == 0 && most == 0)
        return ES_NO;
    return least > 0 && least <= REKEY_SA_BYTES && most >= REKEY_SA_BYTES ? ES_YES : ES_UNKNOWN;
}

static void new_child(const struct es_sighting *s, const struct es_exchange *exchange,
                      const char *reason)
{
    const struct es_child_event created = event_of(s, exchange->side, reason);
    /* IKE_AUTH with EAP has several responses; the last one counts. RFC 7296, 2.16. */
    struct es_child_sa *early =
        exchange->exchange_type == ES_IKE_EXCHANGE_IKE_AUTH ? early_child(s) : NULL;
    if (early) {
        early->withdrawn = false;
        early->created = created;
        return;
    }
    const enum es_tristate is_rekey = names_rekeyed(s, exchange);
    struct es_child_sa *child = es_child_early(s->tracker, s->sa, exchange, &created, is_rekey);
    if (!child)
        child = es_child_new(s->tracker, s->tunnel, s->sa, &created, is_rekey);
    /* The Child SA of IKE_AUTH takes its keys from IKE_SA_INIT's exchange: RFC 7296, 1.2. */
    if (child && exchange->exchange_type != ES_IKE_EXCHANGE_IKE_AUTH)
        child->pfs = es_ike_pfs(&s->sa->suite, s->message, s->sa->nonce_length);
}

/* --- IKEv2 --- */

static void auth_request(const struct es_sighting *s, struct es_exchange *exchange)
{
    struct es_ike_sa *sa = s->sa;
    (void)exchange;
    if (sa->auth_rounds < UINT16_MAX)
        sa->auth_rounds++;
    if (sa->auth_rounds == 1 || (sa->state == ES_IKE_SA_FAILED && sa->error != 0))
        return;
    /* Another round after what looked like a refusal, or like the end: it is EAP. */
    struct es_child_sa *child = early_child(s);
    if (child)
        child->withdrawn = true;
    if (sa->state == ES_IKE_SA_FAILED || sa->state == ES_IKE_SA_ESTABLISHED)
        sa->state = ES_IKE_SA_NEGOTIATING;
}

/*
 * The least that the payloads of a request with SA, TSi and TSr measure, given that its response
 * has no certificate: IDi of 12, AUTH with 16, one proposal (36), two selectors (48). A request
 * without them may be as long when it carries many notifies, so this is asked only of peers that
 * can do without. RFC 6023, 3.
 */
enum { AUTH_WITH_CHILD_LEAST = 180, SK_HEADER_BYTES = 4 };

static bool is_childless_by_design(const struct es_sighting *s, const struct es_exchange *exchange)
{
    const uint8_t responder = 1 - s->sa->initiator;
    if (exchange->request_opened)
        return exchange->request_spi == 0;
    if (!es_notified(&s->sa->notifies[responder], ES_IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED) ||
        !es_ref_seen(&exchange->request))
        return false;
    struct es_ike_bounds request, response;
    const size_t before = ES_IKE_HEADER_BYTES + SK_HEADER_BYTES;
    const size_t sealed = es_wire_left(&s->message->sealed);
    if (exchange->length < before ||
        !es_ike_bounds(&s->sa->suite, exchange->length - before, &request) ||
        !es_ike_bounds(&s->sa->suite, sealed, &response))
        return true;
    return request.inner_max < AUTH_WITH_CHILD_LEAST || response.inner_max > AUTH_WITH_CHILD_LEAST;
}

/*
 * Break before make: the last that was said in the IKE SA before may have been its Delete, and the
 * side that said it began anew at once. What is said in it later takes that back.
 */
static void close_superseded(const struct es_sighting *s)
{
    struct es_ike_sa *old = s->sa->older_in_tunnel;
    struct es_exchange *last = old ? old->exchanges : NULL;
    if (es_ref_seen(&s->sa->established) || !last || old->major != 2 ||
        old->state != ES_IKE_SA_ESTABLISHED || !last->answered ||
        last->exchange_type != ES_IKE_EXCHANGE_INFORMATIONAL || last->side != s->sa->initiator ||
        !may_be(last->request_class, ES_IKE_CLASS_DELETE_IKE) ||
        old->last.time > s->sa->first.time ||
        !es_within(&last->response, &s->sa->first, ES_ANEW_MS))
        return;
    es_ike_sa_close(s->tracker, old, last->side, &last->response);
}

static void auth_response(const struct es_sighting *s, struct es_exchange *exchange)
{
    const struct es_ike_sa *sa = s->sa;
    if (!s->message->encrypted)
        return;
    /* After IKE_INTERMEDIATE the first IKE_AUTH has a higher message ID: no EAP yet. */
    if (is_only(s->could_be, ES_IKE_CLASS_AUTH_REFUSED) ||
        (sa->auth_rounds == 1 && !s->message->decrypted &&
         s->could_be == (ES_IKE_CLASS_AUTH_REFUSED | ES_IKE_CLASS_OTHER))) {
        fail(s);
        return;
    }
    if (s->message->decrypted && is_only(s->could_be, ES_IKE_CLASS_OTHER))
        return; /* EAP goes on, or has failed: handshake.c */
    if (sa->auth_rounds > 1 && s->could_be & ES_IKE_CLASS_AUTH_REFUSED) {
        es_ike_sa_stop(s->sa, s->side, &s->datagram->ref);
        return;
    }
    close_superseded(s);
    es_ike_sa_establish(s->tracker, s->sa, &s->datagram->ref);
    if (is_only(s->could_be, ES_IKE_CLASS_CHILD_REFUSED)) {
        s->sa->childless = s->datagram->ref;
        s->sa->childless_by_design = is_childless_by_design(s, exchange);
    } else if (!is_only(s->could_be, ES_IKE_CLASS_AUTH_REFUSED | ES_IKE_CLASS_CHILD_REFUSED)) {
        new_child(s, exchange, "after IKE_AUTH");
    }
}

/*
 * A new request of a side whose IKE_AUTH request has no answer in view: it went on, so it was
 * answered; the capture does not see the other direction.
 */
static void went_on(const struct es_sighting *s)
{
    if (s->sa->state != ES_IKE_SA_NEGOTIATING)
        return;
    for (const struct es_exchange *e = s->sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_IKE_AUTH && e->side == s->side && !e->answered)
            es_ike_sa_establish(s->tracker, s->sa, &s->datagram->ref);
    }
}

static void create_child_request(const struct es_sighting *s, struct es_exchange *exchange)
{
    es_request_asked(s, exchange);
    went_on(s);
}

static void create_child_response(const struct es_sighting *s, struct es_exchange *exchange)
{
    es_ike_sa_establish(s->tracker, s->sa, &s->datagram->ref);
    if (may_be(s->could_be, ES_IKE_CLASS_NEW_CHILD) || is_only(s->could_be, ES_IKE_CLASS_OTHER))
        new_child(s, exchange, "after CREATE_CHILD_SA");
    if (is_only(s->could_be, ES_IKE_CLASS_NOTIFY))
        es_request_refused(s, exchange);
    else
        es_request_made(s, exchange);
}

/*
 * The IKE SA was rekeyed a moment ago, and this is the first INFORMATIONAL since. Where the rekey's
 * length could be a Child SA's as well, a request that can only delete an IKE SA decides.
 */
static bool follows_ike_rekey(const struct es_sighting *s, unsigned request_class)
{
    const bool deletes = is_only(request_class, ES_IKE_CLASS_DELETE_IKE | ES_IKE_CLASS_NOTIFY);
    if (s->sa->rekeyed_to)
        return true;
    for (const struct es_exchange *e = s->sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_CREATE_CHILD_SA)
            return e->answered &&
                   (is_only(e->response_class, ES_IKE_CLASS_NEW_IKE) ||
                    (deletes && e->response_class & ES_IKE_CLASS_NEW_IKE)) &&
                   es_within(&e->response, &s->datagram->ref, ES_REKEY_DELETE_MS);
    }
    return false;
}

/* Without a suite (capture began later): the lengths that an empty INFORMATIONAL has with any. */
enum { EMPTY_LENGTH_MAX = 96 };

static void informational_request(const struct es_sighting *s, struct es_exchange *exchange)
{
    const unsigned classes = s->could_be;
    const bool unknown = classes == 0;
    went_on(s);
    es_mapping_update(s, exchange);
    if (may_be(classes, ES_IKE_CLASS_DELETE_IKE) && follows_ike_rekey(s, classes)) {
        exchange->judged = ES_IKE_CLASS_DELETE_IKE;
    } else if (may_be(classes, ES_IKE_CLASS_DELETE_CHILD) &&
               es_child_rekeyed_alive(s->tunnel, &s->datagram->ref)) {
        exchange->judged = ES_IKE_CLASS_DELETE_CHILD;
    } else if (classes & ES_IKE_CLASS_EMPTY ||
               (unknown && s->message->header.length <= EMPTY_LENGTH_MAX)) {
        es_liveness_request(s, exchange, !is_only(classes, ES_IKE_CLASS_EMPTY));
    } else if (classes & ES_IKE_CLASS_DELETE_CHILD) {
        exchange->judged = ES_IKE_CLASS_DELETE_CHILD;
    } else if (classes & ES_IKE_CLASS_DELETE_IKE) {
        exchange->judged = ES_IKE_CLASS_DELETE_IKE;
    }
}

static void delete_child(const struct es_sighting *s, uint8_t side)
{
    struct es_child_sa *child = es_child_rekeyed_alive(s->tunnel, &s->datagram->ref);
    if (!child)
        child = es_child_only_one(s->tunnel);
    if (!child)
        return;
    const struct es_child_event deleted = event_of(s, side, "a Delete by its length and time");
    es_child_delete(s->tracker, child, &deleted);
}

/* The IKE SA, or one that it replaced, made the Child SA; or nobody knows who did. */
static bool belongs_to(const struct es_child_sa *child, const struct es_ike_sa *sa)
{
    int looked_at = 0;
    const struct es_ike_sa *maker = child->ike_sa;
    while (maker && maker != sa && maker->rekeyed_to && looked_at++ < ES_IKE_SAS_LOOKED_AT)
        maker = maker->rekeyed_to;
    return !maker || maker == sa;
}

/* With an IKE SA that is not replaced go all its Child SAs. RFC 7296, 1.4.1. */
static void delete_all_children(const struct es_sighting *s, uint8_t side)
{
    const struct es_child_event deleted = event_of(s, side, "a Delete of the IKE SA by its length");
    int looked_at = 0;
    for (struct es_child_sa *c = s->tunnel->children; c && looked_at < ES_CHILDREN_DELETED;
         c = c->next_in_tunnel, looked_at++) {
        if (!c->withdrawn && !es_ref_seen(&c->deleted.ref) && belongs_to(c, s->sa))
            es_child_delete(s->tracker, c, &deleted);
    }
}

static void informational_response(const struct es_sighting *s, struct es_exchange *exchange)
{
    if (exchange->judged == ES_IKE_CLASS_DELETE_IKE) {
        es_ike_sa_close(s->tracker, s->sa, exchange->side, &s->datagram->ref);
        s->sa->replaced = follows_ike_rekey(s, exchange->request_class);
        if (s->sa->replaced)
            es_ike_sa_withdraw_child(s->sa, &s->datagram->ref);
        else
            delete_all_children(s, exchange->side);
        return;
    }
    if (s->sa->state != ES_IKE_SA_FAILED)
        es_ike_sa_establish(s->tracker, s->sa, &s->datagram->ref);
    /* An opened Delete named its SPIs: reveal.c. */
    if (exchange->judged == ES_IKE_CLASS_DELETE_CHILD && !exchange->request_opened)
        delete_child(s, exchange->side);
}

/* --- IKEv1 --- */

static void main_mode_response(const struct es_sighting *s, struct es_exchange *exchange)
{
    (void)exchange;
    s->sa->mode = s->message->header.exchange_type;
    if (s->message->encrypted && s->side != s->sa->initiator)
        es_ike_sa_establish(s->tracker, s->sa, &s->datagram->ref);
}

static void phase1_request(const struct es_sighting *s, struct es_exchange *exchange)
{
    s->sa->mode = s->message->header.exchange_type;
    if (s->sa->mode == ES_IKE_EXCHANGE_AGGRESSIVE && exchange->messages >= 3)
        es_ike_sa_establish(s->tracker, s->sa, &s->datagram->ref);
}

static void quick_mode_request(const struct es_sighting *s, struct es_exchange *exchange)
{
    if (exchange->messages == 1)
        es_request_asked(s, exchange);
}

static void quick_mode_response(const struct es_sighting *s, struct es_exchange *exchange)
{
    es_ike_sa_establish(s->tracker, s->sa, &s->datagram->ref);
    if (exchange->messages != 1)
        return;
    new_child(s, exchange, "after Quick Mode");
    es_request_made(s, exchange);
}

/*
 * A Quick Mode request of the other side waits, and this Informational can be a notify: it refuses
 * the request. What has the length of an R-U-THERE too must come at once. RFC 2409, 5.5.
 */
static struct es_exchange *refused_quick_mode(const struct es_sighting *s)
{
    struct es_exchange *waiting = es_quick_mode_waiting(s);
    if (!waiting || !may_be(s->could_be, ES_IKE_CLASS_NOTIFY))
        return NULL;
    const bool may_probe = s->could_be == 0 || s->could_be & ES_IKE_CLASS_R_U_THERE;
    return may_probe && !es_within(&waiting->last_request, &s->datagram->ref, ES_REFUSAL_MS)
               ? NULL
               : waiting;
}

/* A newer ISAKMP SA took over, and no phase 2 SA was replaced lately: it is this one that goes. */
static bool is_superseded(const struct es_sighting *s)
{
    const struct es_ike_sa *newest = s->tunnel->last_ike_sa;
    return newest != s->sa && newest->state == ES_IKE_SA_ESTABLISHED &&
           !es_child_rekeyed_alive(s->tunnel, &s->datagram->ref);
}

static void informational_v1_request(const struct es_sighting *s, struct es_exchange *exchange)
{
    const unsigned classes = s->could_be;
    if (!s->message->encrypted)
        return;
    if (s->sa->state == ES_IKE_SA_NEGOTIATING) {
        /* Nothing can be deleted or probed yet: it refuses the message it follows. */
        if (s->side != s->sa->initiator)
            fail(s);
        return;
    }
    struct es_exchange *refused = refused_quick_mode(s);
    if (refused) {
        exchange->judged = ES_IKE_CLASS_NOTIFY;
        es_request_refused(s, refused);
    } else if (classes & ES_IKE_CLASS_R_U_THERE) {
        es_liveness_request(s, exchange, !is_only(classes, ES_IKE_CLASS_R_U_THERE));
    } else if (classes & ES_IKE_CLASS_DELETE_IKE && is_superseded(s)) {
        exchange->judged = ES_IKE_CLASS_DELETE_IKE;
        es_ike_sa_close(s->tracker, s->sa, s->side, &s->datagram->ref);
    } else if (classes & ES_IKE_CLASS_DELETE_CHILD) {
        exchange->judged = ES_IKE_CLASS_DELETE_CHILD;
        if (!s->message->decrypted)
            delete_child(s, s->side);
    }
}

static void informational_v1_response(const struct es_sighting *s, struct es_exchange *exchange)
{
    (void)exchange;
    if (s->sa->state == ES_IKE_SA_UNKNOWN)
        es_ike_sa_establish(s->tracker, s->sa, &s->datagram->ref);
}

/* --- the table --- */

typedef void handler(const struct es_sighting *sighting, struct es_exchange *exchange);

static const struct {
    uint8_t exchange_type;
    handler *on_request;
    handler *on_response;
} handlers[] = {
    {ES_IKE_EXCHANGE_IDENTITY_PROTECTION, phase1_request,           main_mode_response       },
    {ES_IKE_EXCHANGE_AGGRESSIVE,          phase1_request,           NULL                     },
    {ES_IKE_EXCHANGE_INFORMATIONAL_V1,    informational_v1_request, informational_v1_response},
    {ES_IKE_EXCHANGE_QUICK,               quick_mode_request,       quick_mode_response      },
    {ES_IKE_EXCHANGE_IKE_AUTH,            auth_request,             auth_response            },
    {ES_IKE_EXCHANGE_CREATE_CHILD_SA,     create_child_request,     create_child_response    },
    {ES_IKE_EXCHANGE_INFORMATIONAL,       informational_request,    informational_response   },
};

static handler *find_handler(uint8_t exchange_type, bool response)
{
    for (size_t i = 0; i < ES_COUNT(handlers); i++) {
        if (handlers[i].exchange_type == exchange_type)
            return response ? handlers[i].on_response : handlers[i].on_request;
    }
    return NULL;
}

void es_infer(const struct es_sighting *s, struct es_exchange *exchange, enum es_part part)
{
    if (part == ES_PART_REPEAT) {
        if ((exchange->judged & (ES_IKE_CLASS_EMPTY | ES_IKE_CLASS_R_U_THERE)) &&
            exchange->side == s->side)
            es_liveness_repeat(s, exchange);
        return;
    }
    es_liveness_sign(s->sa, s->side);
    if (part == ES_PART_RESPONSE)
        es_liveness_answer(s->sa, exchange);
    handler *handle = find_handler(exchange->exchange_type, part == ES_PART_RESPONSE);
    if (handle)
        handle(s, exchange);
}
