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
    struct es_child_sa *child = es_child_new(s->tracker, s->tunnel, s->sa, &created);
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
    es_ike_sa_establish(s->tracker, s->sa, &s->datagram->ref);
    if (!is_only(s->could_be, ES_IKE_CLASS_AUTH_REFUSED | ES_IKE_CLASS_CHILD_REFUSED))
        new_child(s, exchange, "after IKE_AUTH");
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
    (void)exchange;
    went_on(s);
}

static void create_child_response(const struct es_sighting *s, struct es_exchange *exchange)
{
    es_ike_sa_establish(s->tracker, s->sa, &s->datagram->ref);
    if (may_be(s->could_be, ES_IKE_CLASS_NEW_CHILD) || is_only(s->could_be, ES_IKE_CLASS_OTHER))
        new_child(s, exchange, "after CREATE_CHILD_SA");
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

/* With an IKE SA that is not replaced go all its Child SAs. RFC 7296, 1.4.1. */
static void delete_all_children(const struct es_sighting *s, uint8_t side)
{
    const struct es_child_event deleted = event_of(s, side, "a Delete of the IKE SA by its length");
    int looked_at = 0;
    for (struct es_child_sa *c = s->tunnel->children; c && looked_at < ES_CHILDREN_DELETED;
         c = c->next_in_tunnel, looked_at++) {
        if (!c->withdrawn && !es_ref_seen(&c->deleted.ref))
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

static void quick_mode_response(const struct es_sighting *s, struct es_exchange *exchange)
{
    es_ike_sa_establish(s->tracker, s->sa, &s->datagram->ref);
    if (exchange->messages == 1)
        new_child(s, exchange, "after Quick Mode");
}

/* A Quick Mode request of the other side that waits: an Informational now is its refusal. */
static bool quick_mode_waits(const struct es_sighting *s)
{
    for (const struct es_exchange *e = s->sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_QUICK)
            return !e->answered && e->side != s->side && e->messages == 1;
    }
    return false;
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
    if (classes & ES_IKE_CLASS_R_U_THERE) {
        es_liveness_request(s, exchange, !is_only(classes, ES_IKE_CLASS_R_U_THERE));
    } else if (classes & ES_IKE_CLASS_DELETE_IKE && is_superseded(s)) {
        exchange->judged = ES_IKE_CLASS_DELETE_IKE;
        es_ike_sa_close(s->tracker, s->sa, s->side, &s->datagram->ref);
    } else if (classes & ES_IKE_CLASS_DELETE_CHILD && !quick_mode_waits(s)) {
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
    {ES_IKE_EXCHANGE_QUICK,               NULL,                     quick_mode_response      },
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
