/*
 * NAT detection: the hashes that each peer sends over the addresses it believes in, held against
 * the addresses in the captured packet. RFC 7296, 2.23; RFC 3947, 3.2.
 */
#include "memory.h"

#include <string.h>

/* Unknown where the hash cannot be made, as where a policy forbids the algorithm. */
static enum es_tristate holds(const struct es_sighting *s, const struct es_cursor *hash,
                              const struct es_address *address, uint16_t port)
{
    uint8_t expected[64];
    const size_t length =
        es_ike_nat_detection(&s->sa->suite, &s->message->header, address, port, expected);
    if (length == 0)
        return ES_UNKNOWN;
    return es_left(hash) == length && memcmp(hash->at, expected, length) == 0 ? ES_YES : ES_NO;
}

/* A sender may name several source addresses: one that matches is enough. */
static void note(enum es_tristate *known, enum es_tristate matches)
{
    if (matches == ES_YES || *known == ES_UNKNOWN)
        *known = matches;
}

static void note_hash(const struct es_sighting *s, const struct es_cursor *hash, bool is_source,
                      struct es_nat_detection *nat)
{
    const struct es_datagram *d = s->datagram;
    if (is_source)
        note(&nat->source_matches[s->side], holds(s, hash, &d->source, d->source_port));
    else
        note(&nat->destination_matches[s->side],
             holds(s, hash, &d->destination, d->destination_port));
    nat->evidence[s->side] = d->ref;
}

static void see_ikev2(const struct es_sighting *s, struct es_nat_detection *nat)
{
    for (size_t i = 0; i < s->message->payload_count; i++) {
        const struct es_ike_payload *payload = &s->message->payloads[i];
        struct es_ike_notify notify;
        if (payload->type != ES_IKE_PAYLOAD_NOTIFY ||
            !es_ike_notify_parse(payload->body, 2, &notify))
            continue;
        if (notify.type == ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP)
            note_hash(s, &notify.data, true, nat);
        else if (notify.type == ES_IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP)
            note_hash(s, &notify.data, false, nat);
    }
}

/* NAT-D has three numbers: RFC 3947's, the early drafts', and 15 of drafts 04 to 07, which is
 * another payload unless the peers announced those drafts. */
static bool is_nat_d(const struct es_ike_sa *sa, uint8_t type)
{
    return type == ES_IKEV1_PAYLOAD_NAT_D || type == ES_IKEV1_PAYLOAD_NAT_D_DRAFT ||
           (type == ES_IKEV1_PAYLOAD_SAK &&
            ((sa->vendor_traits[0] | sa->vendor_traits[1]) & ES_VENDOR_TRAIT_NATT_DRAFT_15));
}

/* The first NAT-D payload is over the receiver's address, those after it over the sender's own. */
static void see_ikev1(const struct es_sighting *s, struct es_nat_detection *nat)
{
    bool is_source = false;
    if (s->sa->suite.major == 0)
        return;
    for (size_t i = 0; i < s->message->payload_count; i++) {
        const struct es_ike_payload *payload = &s->message->payloads[i];
        if (!is_nat_d(s->sa, payload->type))
            continue;
        note_hash(s, &payload->body, is_source, nat);
        is_source = true;
    }
}

/* Sets what the hashes of this IKE SA say of both peers. */
static void conclude(struct es_tunnel *tunnel, const struct es_nat_detection *nat)
{
    for (int side = 0; side < 2; side++) {
        const enum es_tristate own = nat->source_matches[side];
        const enum es_tristate others = nat->destination_matches[1 - side];
        if (own == ES_NO || others == ES_NO)
            tunnel->peers[side].behind_nat = ES_YES;
        else if (own == ES_YES)
            tunnel->peers[side].behind_nat = ES_NO;
    }
}

void es_nat_see(const struct es_sighting *s)
{
    /* A retransmission says nothing new, and a mapping may have changed under it. */
    if (s->message->encrypted || s->sa->state == ES_IKE_SA_ESTABLISHED)
        return;
    struct es_nat_detection *nat = &s->sa->nat;
    if (s->message->header.major == 1)
        see_ikev1(s, nat);
    else
        see_ikev2(s, nat);
    conclude(s->tunnel, nat);
}
