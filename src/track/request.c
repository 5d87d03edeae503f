/*
 * Requests for new SAs (CREATE_CHILD_SA, IKEv1 Quick Mode): how many a side made within an IKE SA,
 * what became of them and, with keys, what they asked for. The exchanges themselves are forgotten
 * after a while; this stays.
 */
#include "memory.h"

#include <string.h>

const struct es_requests es_no_requests[2];

/* The record to write to, made when it is the first; NULL when memory ended. */
static struct es_requests *requests_of(const struct es_sighting *s, uint8_t side)
{
    struct es_ike_sa *sa = s->sa;
    if (sa->requests == es_no_requests) {
        struct es_requests *own = es_keep(s->tracker, &sa->owned, sizeof(es_no_requests));
        if (!own)
            return NULL;
        sa->requests = own;
    }
    return (struct es_requests *)&sa->requests[side];
}

/* A new request of `s->side`. RFC 7296, 2.8.1: one that crosses the other side's is a collision. */
void es_request_asked(const struct es_sighting *s, const struct es_exchange *exchange)
{
    struct es_requests *requests = requests_of(s, s->side);
    if (requests)
        es_tally_add(&requests->asked, &s->datagram->ref);
    if (exchange->exchange_type != ES_IKE_EXCHANGE_CREATE_CHILD_SA)
        return;
    for (const struct es_exchange *e = exchange->older; e; e = e->older) {
        if (e->exchange_type == exchange->exchange_type && e->side != s->side && !e->answered &&
            es_within(&e->request, &s->datagram->ref, ES_COLLISION_MS)) {
            struct es_ike_oddities *oddities = es_ike_oddities_of(s->tracker, s->sa);
            if (oddities)
                es_tally_add(&oddities->collisions, &s->datagram->ref);
            return;
        }
    }
}

void es_request_made(const struct es_sighting *s, const struct es_exchange *exchange)
{
    struct es_requests *requests = requests_of(s, exchange->side);
    if (!requests)
        return;
    es_tally_add(&requests->made, &s->datagram->ref);
    requests->row.count = 0;
    requests->error = 0;
    requests->error_row = 0;
}

/* Keeps what was refused, so that later requests do not hide it. */
static void keep_refused(const struct es_sighting *s, struct es_requests *requests)
{
    if (!requests->wanted)
        return;
    if (!requests->refused_one)
        requests->refused_one = es_keep(s->tracker, &s->sa->owned, sizeof(*requests->refused_one));
    if (requests->refused_one)
        *requests->refused_one = *requests->wanted;
}

void es_request_refused(const struct es_sighting *s, struct es_exchange *exchange)
{
    struct es_requests *requests = requests_of(s, exchange->side);
    const struct es_packet_ref *ref = &s->datagram->ref;
    if (exchange->refused || !requests)
        return;
    exchange->refused = true;
    es_tally_add(&requests->refused, ref);
    if (requests->row.count == 0) {
        requests->request = exchange->request;
        requests->least_length = UINT32_MAX;
        requests->classes = 0;
    }
    es_tally_add(&requests->row, ref);
    requests->classes |= exchange->request_class;
    if (es_ref_seen(&exchange->request) && exchange->length < requests->least_length)
        requests->least_length = exchange->length;
    keep_refused(s, requests);
}

/* The refusal was read. IKE_AUTH's are no rekeys, but what they refuse is kept here too. */
void es_request_error(const struct es_sighting *s, const struct es_exchange *exchange,
                      uint16_t error)
{
    struct es_requests *requests = requests_of(s, exchange->side);
    if (!requests)
        return;
    if (requests->error != error) {
        requests->error = error;
        requests->error_row = 0;
    }
    if (requests->error_row++ == 0)
        requests->error_first = s->datagram->ref;
    keep_refused(s, requests);
}

/* The Quick Mode request of the other side that waits for its answer, or NULL. */
struct es_exchange *es_quick_mode_waiting(const struct es_sighting *s)
{
    for (struct es_exchange *e = s->sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_QUICK)
            return !e->answered && e->side != s->side && e->messages == 1 && !e->refused ? e : NULL;
    }
    return NULL;
}

/* --- with keys --- */

static bool is_inner(const struct es_sighting *s, size_t index, uint8_t ikev1, uint8_t ikev2)
{
    return index >= s->message->clear_count &&
           s->message->payloads[index].type == (s->sa->major == 1 ? ikev1 : ikev2);
}

static void see_proposals(const struct es_ike_proposals *proposals, struct es_wanted *wanted)
{
    const size_t count =
        proposals->count < ES_WANTED_TRANSFORMS ? proposals->count : (size_t)ES_WANTED_TRANSFORMS;
    memcpy(wanted->transforms, proposals->transforms, count * sizeof(wanted->transforms[0]));
    wanted->transform_count = (uint8_t)count;
}

/* IKEv1: an identity as a selector. RFC 2407, 4.6.2. */
static bool selector_of(const struct es_ike_identity *identity, struct es_ike_selector *out)
{
    struct es_cursor data = identity->data;
    const bool v6 = identity->type == ES_IKE_ID_IPV6_ADDR ||
                    identity->type == ES_IKE_ID_IPV6_ADDR_SUBNET ||
                    identity->type == ES_IKE_ID_IPV6_ADDR_RANGE;
    const size_t length = v6 ? 16 : 4;
    const uint8_t *start = es_take(&data, length);
    uint8_t last[16];
    if (!start)
        return false;
    memcpy(last, start, length);
    const uint8_t *second = NULL;
    switch (identity->type) {
    case ES_IKE_ID_IPV4_ADDR:
    case ES_IKE_ID_IPV6_ADDR:
        break;
    case ES_IKE_ID_IPV4_ADDR_SUBNET:
    case ES_IKE_ID_IPV6_ADDR_SUBNET:
        second = es_take(&data, length);
        for (size_t i = 0; second && i < length; i++)
            last[i] = (uint8_t)(start[i] | (uint8_t)~second[i]);
        break;
    case ES_IKE_ID_IPV4_ADDR_RANGE:
    case ES_IKE_ID_IPV6_ADDR_RANGE:
        second = es_take(&data, length);
        if (second)
            memcpy(last, second, length);
        break;
    default:
        return false;
    }
    *out =
        (struct es_ike_selector){.type = v6 ? ES_IKE_TS_IPV6_ADDR_RANGE : ES_IKE_TS_IPV4_ADDR_RANGE,
                                 .protocol = identity->protocol,
                                 .start_port = identity->port,
                                 .end_port = identity->port ? identity->port : UINT16_MAX,
                                 .is_range = true};
    out->start = v6 ? es_address_v6(start) : es_address_v4(start);
    out->end = v6 ? es_address_v6(last) : es_address_v4(last);
    return data.fault == ES_FAULT_NONE;
}

/* The selectors of IKEv1's Quick Mode: IDci, then IDcr. RFC 2409, 5.5. */
static void selectors_ikev1(const struct es_sighting *s, uint8_t asker,
                            struct es_ike_selector found[2][ES_WANTED_SELECTORS], uint8_t count[2])
{
    uint8_t side = asker;
    for (size_t i = 0; i < s->message->payload_count; i++) {
        struct es_ike_identity identity;
        if (!is_inner(s, i, ES_IKEV1_PAYLOAD_ID, 0))
            continue;
        if (es_ike_identity_parse(s->message->payloads[i].body, 1, &identity) && count[side] == 0)
            count[side] = selector_of(&identity, &found[side][0]);
        side = 1 - asker;
    }
}

static void selectors_ikev2(const struct es_sighting *s, uint8_t type,
                            struct es_ike_selector found[ES_WANTED_SELECTORS], uint8_t *count)
{
    const struct es_ike_payload *payload = es_ike_payload_find(s->message, type);
    uint8_t claimed;
    if (!payload)
        return;
    struct es_cursor body = payload->body;
    if (!es_ike_selectors_begin(&body, &claimed))
        return;
    while (*count < ES_WANTED_SELECTORS && es_ike_selectors_next(&body, &found[*count]))
        ++*count;
}

/* The traffic selectors of a message about a Child SA that `asker` wants, by whose they are. */
void es_request_selectors(const struct es_sighting *s, uint8_t asker,
                          struct es_ike_selector found[2][ES_WANTED_SELECTORS], uint8_t count[2])
{
    count[0] = count[1] = 0;
    if (s->sa->major == 1) {
        selectors_ikev1(s, asker, found, count);
        return;
    }
    selectors_ikev2(s, ES_IKE_PAYLOAD_TSI, found[asker], &count[asker]);
    selectors_ikev2(s, ES_IKE_PAYLOAD_TSR, found[1 - asker], &count[1 - asker]);
}

/* An opened request with an SA payload for a Child SA. */
void es_request_read(const struct es_sighting *s, const struct es_ike_proposals *proposals)
{
    struct es_requests *requests = requests_of(s, s->side);
    if (!requests)
        return;
    if (!requests->wanted)
        requests->wanted = es_keep(s->tracker, &s->sa->owned, sizeof(*requests->wanted));
    struct es_wanted *wanted = requests->wanted;
    if (!wanted)
        return;
    wanted->ref = s->datagram->ref;
    see_proposals(proposals, wanted);
    es_request_selectors(s, s->side, wanted->selectors, wanted->selector_count);
    struct es_ike_notify notify;
    wanted->transport = s->sa->major == 2 &&
                        es_ike_notify_find(s->message, ES_IKE_NOTIFY_USE_TRANSPORT_MODE, &notify);
    wanted->rekey =
        s->sa->major == 2 && es_ike_notify_find(s->message, ES_IKE_NOTIFY_REKEY_SA, &notify);
    wanted->key_exchange = false;
    for (size_t i = 0; i < s->message->payload_count; i++)
        wanted->key_exchange |= is_inner(s, i, ES_IKEV1_PAYLOAD_KE, ES_IKE_PAYLOAD_KE);
}
