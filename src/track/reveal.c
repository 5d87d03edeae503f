/*
 * What opened messages say in so many words: SPIs, selectors, identities, errors. Where infer.c had
 * to judge by length and order, this makes it exact, and marks it decrypted.
 */
#include "memory.h"

#include <string.h>

static uint8_t by_version(const struct es_sighting *s, uint8_t ikev1, uint8_t ikev2)
{
    return s->sa->major == 1 ? ikev1 : ikev2;
}

static bool is_inner(const struct es_sighting *s, size_t index)
{
    return index >= s->message->clear_count;
}

static bool is_informational(const struct es_sighting *s)
{
    const uint8_t type = s->message->header.exchange_type;
    return type == ES_IKE_EXCHANGE_INFORMATIONAL || type == ES_IKE_EXCHANGE_INFORMATIONAL_V1;
}

/* --- SA payloads: SPIs and algorithms --- */

static bool parse_proposals(const struct es_sighting *s, struct es_ike_proposals *out)
{
    const uint8_t type = by_version(s, ES_IKEV1_PAYLOAD_SA, ES_IKE_PAYLOAD_SA);
    for (size_t i = s->message->clear_count; i < s->message->payload_count; i++) {
        struct es_cursor body = s->message->payloads[i].body;
        if (s->message->payloads[i].type == type)
            return es_ike_proposals_parse(&body, s->sa->major, out) && out->spi_count > 0;
    }
    return false;
}

static struct es_child_sa *find_by_spi(const struct es_tunnel *tunnel, uint8_t sender, uint32_t spi)
{
    int looked_at = 0;
    for (struct es_child_sa *c = tunnel->children; c && looked_at < ES_CHILDREN_DELETED;
         c = c->next_in_tunnel, looked_at++) {
        if (c->spis[sender] == spi && !c->withdrawn)
            return c;
    }
    return NULL;
}

/* The Child SA that the exchange's response made; of a fragmented one, the first fragment did. */
static struct es_child_sa *child_made_here(const struct es_sighting *s,
                                           const struct es_exchange *exchange)
{
    struct es_child_sa *newest = s->tunnel->children;
    const struct es_packet_ref *ref = &exchange->response;
    if (!newest || newest->created.ref.number != ref->number ||
        newest->created.ref.file != ref->file)
        return NULL;
    return newest;
}

/* REKEY_SA names the SA by the SPI on which its requester receives. RFC 7296, 1.3.3. */
static void reveal_rekeyed(const struct es_exchange *exchange, struct es_child_sa *child)
{
    struct es_child_sa *old = exchange->rekeyed_spi ? find_by_spi(child->tunnel, 1 - exchange->side,
                                                                  exchange->rekeyed_spi)
                                                    : NULL;
    if (exchange->exchange_type != ES_IKE_EXCHANGE_CREATE_CHILD_SA || !exchange->request_opened ||
        old == child || (exchange->rekeyed_spi && !old))
        return;
    if (child->rekeys)
        child->rekeys->rekeyed_by = NULL;
    child->rekeys = old;
    if (old)
        old->rekeyed_by = child;
}

/* The SPI that a peer announces is the one on which it wants to receive. RFC 7296, 2.8. */
static void reveal_child(const struct es_sighting *s, const struct es_exchange *exchange,
                         const struct es_ike_proposals *proposals)
{
    struct es_child_sa *child = child_made_here(s, exchange);
    if (!child)
        return;
    child->spis[exchange->side] = (uint32_t)proposals->spis[0].spi;
    child->spis[1 - exchange->side] = (uint32_t)exchange->request_spi;
    child->created.provenance = ES_PROVENANCE_DECRYPTED;
    child->created.reason = NULL;
    /* Fragments that come again reveal it again. */
    const struct es_ike_transform *copy =
        child->chosen.count ? NULL
                            : es_keep_copy(s->tracker, &child->owned, proposals->transforms,
                                           proposals->count * sizeof(*copy));
    if (copy)
        child->chosen = (struct es_offer){copy, proposals->count};
    reveal_rekeyed(exchange, child);
}

static void reveal_spis(const struct es_sighting *s, struct es_exchange *exchange,
                        enum es_part part)
{
    struct es_ike_proposals proposals;
    if (!parse_proposals(s, &proposals))
        return;
    if (part == ES_PART_REQUEST) {
        exchange->request_spi = proposals.spis[0].spi;
        if (proposals.spis[0].protocol != ES_IKE_PROTOCOL_IKE)
            es_request_read(s, &proposals);
        return;
    }
    if (proposals.spis[0].protocol != ES_IKE_PROTOCOL_IKE) {
        reveal_child(s, exchange, &proposals);
        return;
    }
    s->sa->successor_spis[0] = exchange->request_spi;
    s->sa->successor_spis[1] = proposals.spis[0].spi;
}

/* --- traffic selectors --- */

static void copy_selectors(const struct es_sighting *s, struct es_child_sa *child,
                           const struct es_ike_selector *items, size_t count,
                           struct es_selectors *out)
{
    const struct es_ike_selector *copy =
        count && !out->count
            ? es_keep_copy(s->tracker, &child->owned, items, count * sizeof(*items))
            : NULL;
    if (copy)
        *out = (struct es_selectors){copy, count};
}

static bool same_selectors(const struct es_ike_selector *a, const struct es_ike_selector *b,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (a[i].type != b[i].type || a[i].protocol != b[i].protocol ||
            a[i].start_port != b[i].start_port || a[i].end_port != b[i].end_port ||
            !es_address_equal(&a[i].start, &b[i].start) || !es_address_equal(&a[i].end, &b[i].end))
            return false;
    }
    return true;
}

/* What the response allows; and, where that differs, what the request wanted. */
static void reveal_selectors(const struct es_sighting *s, const struct es_exchange *exchange,
                             struct es_child_sa *child)
{
    struct es_ike_selector found[2][ES_WANTED_SELECTORS];
    uint8_t count[2];
    memset(found, 0, sizeof(found));
    es_request_selectors(s, exchange->side, found, count);
    const struct es_wanted *wanted = s->sa->requests[exchange->side].wanted;
    for (int side = 0; side < 2; side++) {
        copy_selectors(s, child, found[side], count[side], &child->selectors[side]);
        if (!wanted || wanted->ref.number != exchange->request.number ||
            (wanted->selector_count[side] == count[side] &&
             same_selectors(wanted->selectors[side], found[side], count[side])))
            continue;
        copy_selectors(s, child, wanted->selectors[side], wanted->selector_count[side],
                       &child->asked[side]);
    }
}

/* --- identities --- */

static void reveal_auth(const struct es_sighting *s)
{
    const uint8_t initiator = s->sa->initiator;
    es_identity_see(s, ES_IKE_PAYLOAD_IDI, initiator);
    /* In a request it is whom the initiator wants to talk to. RFC 7296, 1.2. */
    if (s->side != initiator)
        es_identity_see(s, ES_IKE_PAYLOAD_IDR, s->side);
    else if (!s->sa->asked_identity)
        s->sa->asked_identity = es_identity_of(s, ES_IKE_PAYLOAD_IDR);
    const struct es_ike_payload *auth = es_ike_payload_find(s->message, ES_IKE_PAYLOAD_AUTH);
    if (!auth)
        return;
    struct es_cursor body = auth->body;
    s->sa->auth_methods[s->side] = es_u8(&body);
}

/* --- notifies --- */

static void reveal_rekey_request(const struct es_sighting *s, struct es_exchange *exchange)
{
    struct es_ike_notify notify;
    exchange->request_opened = true;
    if (s->sa->major == 2 && es_ike_notify_find(s->message, ES_IKE_NOTIFY_REKEY_SA, &notify))
        exchange->rekeyed_spi = es_u32(&notify.spi);
}

/*
 * A side that does not accept the other's credentials says so in an INFORMATIONAL of its own, and
 * all is void. RFC 7296, 2.21.2.
 */
static void reveal_rejection(const struct es_sighting *s)
{
    if (s->sa->state == ES_IKE_SA_FAILED)
        return;
    es_ike_sa_fail(s->tracker, s->sa, ES_IKE_NOTIFY_AUTHENTICATION_FAILED, s->side,
                   &s->datagram->ref);
    const struct es_child_event deleted = {
        .ref = s->datagram->ref, .provenance = ES_PROVENANCE_DECRYPTED, .side = s->side};
    int looked_at = 0;
    for (struct es_child_sa *c = s->tunnel->children; c && looked_at < ES_CHILDREN_LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        if (c->ike_sa == s->sa && !es_ref_seen(&c->deleted.ref))
            es_child_delete(s->tracker, c, &deleted);
    }
}

/*
 * The request for a Child SA that an error in this exchange is about, or NULL. IKEv1's stands in an
 * Informational that infer.c took for the refusal of the newest Quick Mode.
 */
static struct es_exchange *refused_by(const struct es_sighting *s, struct es_exchange *exchange)
{
    if (s->sa->major == 2)
        return exchange->side != s->side && exchange->exchange_type != ES_IKE_EXCHANGE_INFORMATIONAL
                   ? exchange
                   : NULL;
    if (exchange->judged != ES_IKE_CLASS_NOTIFY)
        return NULL;
    for (struct es_exchange *e = s->sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_QUICK)
            return e->refused && e->side != s->side ? e : NULL;
    }
    return NULL;
}

static void reveal_error(const struct es_sighting *s, struct es_exchange *exchange)
{
    const uint8_t type = by_version(s, ES_IKEV1_PAYLOAD_NOTIFY, ES_IKE_PAYLOAD_NOTIFY);
    for (size_t i = s->message->clear_count; i < s->message->payload_count; i++) {
        const struct es_ike_payload *payload = &s->message->payloads[i];
        struct es_ike_notify notify;
        if (payload->type != type || !es_ike_notify_parse(payload->body, s->sa->major, &notify) ||
            notify.type == 0 || notify.type > ES_IKE_NOTIFY_ERROR_MAX)
            continue;
        exchange->error = notify.type;
        if (notify.type == ES_IKE_NOTIFY_AUTHENTICATION_FAILED && is_informational(s))
            reveal_rejection(s);
        struct es_exchange *about = refused_by(s, exchange);
        if (about)
            es_request_error(s, about, notify.type);
        if (s->sa->state == ES_IKE_SA_FAILED && s->sa->error == 0)
            s->sa->error = notify.type;
    }
}

/* --- Deletes --- */

static void reveal_delete(const struct es_sighting *s, struct es_cursor body)
{
    struct es_ike_delete d;
    if (!es_ike_delete_parse(body, s->sa->major, &d) || d.spi_size != 4)
        return;
    const struct es_child_event deleted = {
        .ref = s->datagram->ref, .provenance = ES_PROVENANCE_DECRYPTED, .side = s->side};
    for (uint16_t i = 0; i < d.count; i++) {
        struct es_child_sa *child = find_by_spi(s->tunnel, 1 - s->side, es_u32(&d.spis));
        if (!child)
            continue;
        if (es_ref_seen(&child->deleted.ref))
            child->deleted.provenance = ES_PROVENANCE_DECRYPTED;
        else
            es_child_delete(s->tracker, child, &deleted);
    }
}

static void reveal_deletes(const struct es_sighting *s)
{
    const uint8_t type = by_version(s, ES_IKEV1_PAYLOAD_DELETE, ES_IKE_PAYLOAD_DELETE);
    for (size_t i = 0; i < s->message->payload_count; i++) {
        if (is_inner(s, i) && s->message->payloads[i].type == type)
            reveal_delete(s, s->message->payloads[i].body);
    }
}

void es_reveal(const struct es_sighting *s, struct es_exchange *exchange, enum es_part part)
{
    if (!s->message->decrypted)
        return;
    /* Opened fragments come whole with the last of them; the first took the exchange's part. */
    if (part == ES_PART_REPEAT && s->message->fragment_total)
        part = s->side == exchange->side ? ES_PART_REQUEST : ES_PART_RESPONSE;
    if (part == ES_PART_REPEAT)
        return;
    if (part == ES_PART_REQUEST)
        reveal_rekey_request(s, exchange);
    reveal_error(s, exchange);
    reveal_spis(s, exchange, part);
    reveal_deletes(s);
    if (s->sa->major == 2 && exchange->exchange_type == ES_IKE_EXCHANGE_IKE_AUTH)
        reveal_auth(s);
    struct es_child_sa *child = part == ES_PART_RESPONSE ? child_made_here(s, exchange) : NULL;
    if (child)
        reveal_selectors(s, exchange, child);
}
