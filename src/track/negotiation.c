/*
 * What the peers say in clear while an IKE SA is made: offers, choices, nonces, vendor IDs, errors.
 */
#include "memory.h"

#include <string.h>

/* The two versions number the same things differently. */
static uint16_t by_version(uint8_t major, uint16_t ikev1, uint16_t ikev2)
{
    return major == 1 ? ikev1 : ikev2;
}

static const struct es_ike_payload *find_payload(const struct es_sighting *s, uint16_t ikev1,
                                                 uint16_t ikev2)
{
    return es_ike_payload_find(s->message, (uint8_t)by_version(s->sa->major, ikev1, ikev2));
}

static void copy_offer(const struct es_sighting *s, const struct es_ike_proposals *proposals,
                       struct es_offer *offer)
{
    const struct es_ike_transform *copy =
        es_keep_copy(s->tracker, &s->sa->owned, proposals->transforms,
                     proposals->count * sizeof(proposals->transforms[0]));
    if (copy)
        *offer = (struct es_offer){copy, proposals->count};
}

static void see_proposals(const struct es_sighting *s)
{
    struct es_ike_sa *sa = s->sa;
    const struct es_ike_payload *payload = find_payload(s, ES_IKEV1_PAYLOAD_SA, ES_IKE_PAYLOAD_SA);
    if (!payload)
        return;
    const bool from_initiator = s->side == sa->initiator;
    struct es_offer *offer = from_initiator ? &sa->offered : &sa->chosen;
    if (offer->count)
        return;
    struct es_ike_proposals proposals;
    struct es_cursor body = payload->body;
    if (!es_ike_proposals_parse(&body, sa->major, &proposals) || proposals.count == 0)
        return;
    copy_offer(s, &proposals, offer);
    if (!from_initiator)
        es_ike_suite_from(&proposals, sa->major, &sa->suite);
}

static void see_nonce(const struct es_sighting *s)
{
    const struct es_ike_payload *nonce =
        find_payload(s, ES_IKEV1_PAYLOAD_NONCE, ES_IKE_PAYLOAD_NONCE);
    if (!nonce || nonce->length <= 4)
        return;
    s->sa->nonce_length = (uint16_t)(nonce->length - 4);
    if (s->message->encrypted)
        return;
    s->sa->nonce_lengths[s->side] = s->sa->nonce_length;
    s->sa->nonce_prints[s->side] = es_hash(s->tracker->seed, nonce->body.at, es_left(&nonce->body));
}

static void see_key_exchange(const struct es_sighting *s)
{
    const struct es_ike_payload *ke = find_payload(s, ES_IKEV1_PAYLOAD_KE, ES_IKE_PAYLOAD_KE);
    struct es_ike_key_exchange exchange;
    if (!ke || s->message->encrypted ||
        !es_ike_key_exchange_parse(ke->body, s->sa->major, &exchange))
        return;
    s->sa->ke_prints[s->side] =
        es_hash(s->tracker->seed, exchange.data.at, es_left(&exchange.data));
}

static void see_vendor_ids(const struct es_sighting *s)
{
    const uint16_t type = by_version(s->sa->major, ES_IKEV1_PAYLOAD_VENDOR, ES_IKE_PAYLOAD_VENDOR);
    for (size_t i = 0; i < s->message->payload_count; i++) {
        const struct es_ike_payload *payload = &s->message->payloads[i];
        if (payload->type != type)
            continue;
        const struct es_vendor_id *id =
            es_vendor_id_find(payload->body.at, es_left(&payload->body));
        if (!id)
            continue;
        s->sa->vendor_traits[s->side] |= id->traits;
        if (id->product)
            s->tunnel->peers[s->side].vendor = id->product;
    }
}

/* The identity in a payload of this type, printable; NULL when there is none. */
const char *es_identity_of(const struct es_sighting *s, uint8_t type)
{
    const struct es_ike_payload *payload = es_ike_payload_find(s->message, type);
    struct es_ike_identity identity;
    if (!payload || !es_ike_identity_parse(payload->body, s->sa->major, &identity))
        return NULL;
    struct es_text text;
    es_text_init(&text);
    es_text_add_identity(&text, &identity);
    return es_keep_text(s->tracker, &s->sa->owned, &text);
}

/* Who a side says it is: in clear in Aggressive Mode, else with keys. */
void es_identity_see(const struct es_sighting *s, uint8_t type, uint8_t side)
{
    if (!s->sa->identities[side])
        s->sa->identities[side] = es_identity_of(s, type);
}

/* Errors that end a negotiation; the others ask for another try. RFC 7296, 1.3, 2.6, 2.7. */
static bool ends_negotiation(uint8_t major, uint16_t type)
{
    if (type == 0 || type > ES_IKE_NOTIFY_ERROR_MAX)
        return false;
    return major == 1 || type != ES_IKE_NOTIFY_INVALID_KE_PAYLOAD;
}

static void keep_invalid_spi(const struct es_sighting *s, uint32_t spi, bool ike)
{
    struct es_tunnel *tunnel = s->tunnel;
    struct es_invalid_spi *known = (struct es_invalid_spi *)tunnel->invalid_spis;
    size_t i = 0;
    while (i < tunnel->invalid_spi_count && (known[i].spi != spi || known[i].ike != ike))
        i++;
    if (i == ES_INVALID_SPIS_KEPT)
        return;
    if (!known)
        known = es_keep(s->tracker, &tunnel->keeping.owned, ES_INVALID_SPIS_KEPT * sizeof(*known));
    if (!known)
        return;
    tunnel->invalid_spis = known;
    if (i == tunnel->invalid_spi_count) {
        tunnel->invalid_spi_count++;
        known[i] = (struct es_invalid_spi){.spi = spi, .side = s->side, .ike = ike};
    }
    es_tally_add(&known[i].tally, &s->datagram->ref);
}

/*
 * INVALID_SPI carries the ESP SPI in its data (RFC 7296, 1.5) or, in IKEv1, as the payload's SPI
 * (RFC 2408, 3.14.1).
 */
static void see_invalid_spi(const struct es_sighting *s, const struct es_ike_notify *notify)
{
    struct es_cursor spi = es_left(&notify->data) >= 4 ? notify->data : notify->spi;
    if (es_left(&spi) < 4)
        return;
    keep_invalid_spi(s, es_u32(&spi), false);
}

static void see_error(const struct es_sighting *s, const struct es_ike_notify *notify)
{
    struct es_ike_sa *sa = s->sa;
    const uint8_t major = s->message->header.major;
    const uint16_t invalid_spi =
        by_version(major, ES_IKEV1_NOTIFY_INVALID_SPI, ES_IKE_NOTIFY_INVALID_SPI);
    const uint16_t invalid_ike_spi =
        by_version(major, ES_IKEV1_NOTIFY_INVALID_COOKIE, ES_IKE_NOTIFY_INVALID_IKE_SPI);
    if (notify->type == invalid_spi) {
        see_invalid_spi(s, notify);
        return;
    }
    if (notify->type == invalid_ike_spi) {
        keep_invalid_spi(s, 0, true);
        return;
    }
    if (!sa || sa->state != ES_IKE_SA_NEGOTIATING || !ends_negotiation(major, notify->type))
        return;
    es_ike_sa_fail(s->tracker, sa, notify->type, s->side, &s->datagram->ref);
}

/* Where a notify type stands in struct es_notifies. */
static uint64_t *set_of(struct es_notifies *notifies, uint16_t type, unsigned *bit)
{
    const bool is_status = type > ES_IKE_NOTIFY_ERROR_MAX;
    *bit = is_status ? type - (ES_IKE_NOTIFY_ERROR_MAX + 1U) : type;
    return is_status ? &notifies->statuses : &notifies->errors;
}

bool es_notified(const struct es_notifies *notifies, uint16_t type)
{
    unsigned bit;
    struct es_notifies set = *notifies;
    const uint64_t *bits = set_of(&set, type, &bit);
    return bit < 64 && *bits >> bit & 1;
}

static void keep_notify(const struct es_sighting *s, uint16_t type, bool inside)
{
    unsigned bit;
    uint64_t *bits =
        set_of(inside ? &s->sa->disclosed[s->side] : &s->sa->notifies[s->side], type, &bit);
    if (bit < 64)
        *bits |= UINT64_C(1) << bit;
}

static void see_notifies(const struct es_sighting *s)
{
    const uint8_t major = s->message->header.major;
    const uint16_t type = by_version(major, ES_IKEV1_PAYLOAD_NOTIFY, ES_IKE_PAYLOAD_NOTIFY);
    for (size_t i = 0; i < s->message->payload_count; i++) {
        const struct es_ike_payload *payload = &s->message->payloads[i];
        struct es_ike_notify notify;
        if (payload->type != type || !es_ike_notify_parse(payload->body, major, &notify))
            continue;
        if (s->sa)
            keep_notify(s, notify.type, s->message->decrypted && i >= s->message->clear_count);
        if (notify.type <= ES_IKE_NOTIFY_ERROR_MAX)
            see_error(s, &notify);
    }
}

/* Also for messages outside any IKE SA: `sa` may be NULL then, and only notifies are looked at. */
void es_negotiation_see(const struct es_sighting *s)
{
    see_notifies(s);
    if (!s->sa || s->message->payload_count == 0)
        return;
    see_proposals(s);
    see_nonce(s);
    see_key_exchange(s);
    see_vendor_ids(s);
    const uint8_t exchange_type = s->message->header.exchange_type;
    if (exchange_type == ES_IKE_EXCHANGE_IDENTITY_PROTECTION ||
        exchange_type == ES_IKE_EXCHANGE_AGGRESSIVE)
        es_identity_see(s, ES_IKEV1_PAYLOAD_ID, s->side);
}
