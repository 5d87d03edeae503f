/*
 * Keys that follow from others: those of Child SAs, from SK_d (IKEv1: SKEYID_d), the nonces and,
 * in IKEv1, the SPIs. RFC 7296, 2.17; RFC 2409, 5.5. Where the exchange had a new key exchange its
 * secret is needed too, and nobody logs that.
 *
 * The request names the initiator's SPI for every proposal, the answer the responder's for the
 * chosen one. Each end's SPI is in the packets that it receives.
 */
#include "open_state.h"

#include <string.h>

enum {
    KEYMAT_MAX = 4 * ES_SECRET_BYTES_MAX,
    PHASE2_TRANSFORM = ES_IKEV1_PHASE2_TYPE, /* RFC 2407, 4.4.4 */
    PHASE2_AUTHENTICATION = ES_IKEV1_PHASE2_TYPE + 5,
    PHASE2_ESN = ES_IKEV1_PHASE2_TYPE + 11, /* RFC 4304 */
};

/* A message that offers or chooses an SA. */
struct sight {
    struct es_ike_opener *opener;
    struct es_open_sa *sa;
    const struct es_ike_keys *keys;
    const struct es_datagram *datagram;
    const struct es_ike_message *message;
    const struct es_ike_payload *nonce; /* NULL in IKE_AUTH */
    struct es_ike_proposals proposals;
};

/* What was chosen for a Child SA. */
struct choice {
    uint16_t encr, key_length, integ;
    bool esn;
};

/* --- requests --- */

static void remember(const struct sight *s, struct es_open_pending *pending)
{
    const struct es_ike_header *h = &s->message->header;
    memset(pending, 0, sizeof(*pending));
    pending->used = true;
    pending->exchange_type = h->exchange_type;
    pending->from_initiator = h->flags & ES_IKE_FLAG_INITIATOR;
    pending->message_id = h->message_id;
    if (s->nonce)
        es_open_nonce_keep(&pending->nonce, s->nonce);
    pending->spi_count = s->proposals.spi_count;
    for (size_t i = 0; i < pending->spi_count; i++) {
        pending->spis[i].proposal = s->proposals.spis[i].proposal;
        pending->spis[i].protocol = s->proposals.spis[i].protocol;
        pending->spis[i].spi = s->proposals.spis[i].spi;
    }
}

/* The initiator's SPI of a proposal; most initiators have one SPI for all of a protocol. */
static uint64_t offered_spi(const struct es_open_pending *pending, uint8_t proposal,
                            uint8_t protocol)
{
    uint64_t any = 0;
    for (size_t i = 0; i < pending->spi_count; i++) {
        if (pending->spis[i].protocol != protocol)
            continue;
        if (pending->spis[i].proposal == proposal)
            return pending->spis[i].spi;
        if (any == 0)
            any = pending->spis[i].spi;
    }
    return any;
}

/* EAP's rounds of IKE_AUTH put answer and request under different message IDs. */
static struct es_open_pending *find_pending(const struct sight *s)
{
    const struct es_ike_header *h = &s->message->header;
    for (size_t i = 0; i < ES_OPEN_PENDING; i++) {
        struct es_open_pending *one = &s->sa->pending[i];
        if (one->used && one->exchange_type == h->exchange_type &&
            (one->message_id == h->message_id || h->exchange_type == ES_IKE_EXCHANGE_IKE_AUTH) &&
            (h->major == 1 || one->from_initiator != (h->flags & ES_IKE_FLAG_INITIATOR)))
            return one;
    }
    return NULL;
}

static struct es_open_pending *same_request(const struct sight *s)
{
    const struct es_ike_header *h = &s->message->header;
    for (size_t i = 0; i < ES_OPEN_PENDING; i++) {
        struct es_open_pending *one = &s->sa->pending[i];
        if (one->used && one->exchange_type == h->exchange_type &&
            one->message_id == h->message_id &&
            one->from_initiator == (h->flags & ES_IKE_FLAG_INITIATOR))
            return one;
    }
    return NULL;
}

static void see_request(const struct sight *s)
{
    struct es_open_pending *pending = same_request(s);
    if (!pending) {
        pending = &s->sa->pending[s->sa->pending_next];
        s->sa->pending_next = (s->sa->pending_next + 1) % ES_OPEN_PENDING;
    }
    remember(s, pending);
}

/* --- keys --- */

struct keymat {
    uint8_t bytes[KEYMAT_MAX];
    size_t encr, integ; /* bytes that each direction takes */
};

static bool sizes(const struct choice *choice, struct keymat *out)
{
    const struct es_encr *lengths = es_encr_find(choice->encr);
    const bool null = choice->encr == ES_IKE_ENCR_NULL;
    const bool combined = lengths && lengths->icv > 0;
    out->encr = null ? 0 : es_encr_key_bytes(choice->encr, choice->key_length);
    out->integ = combined ? 0 : es_integ_key_bytes(choice->integ);
    return (null || out->encr > 0) && (combined || choice->integ == 0 || out->integ > 0) &&
           2 * (out->encr + out->integ) <= KEYMAT_MAX;
}

/* Keys that a file gave for the SPI are better than computed ones. */
static void add(const struct sight *s, const struct choice *choice, const struct keymat *keymat,
                const uint8_t *at, uint32_t spi, bool to_responder)
{
    const struct es_address *responder = &s->datagram->source; /* who answers */
    const struct es_address *initiator = &s->datagram->destination;
    const struct es_address *from = to_responder ? initiator : responder;
    const struct es_address *to = to_responder ? responder : initiator;
    const struct es_esp_keys *known = es_keys_find_esp(s->opener->keys, spi, to->bytes);
    if (known && !known->derived && known->spi == spi)
        return;
    struct es_esp_keys keys;
    memset(&keys, 0, sizeof(keys));
    keys.spi = spi;
    memcpy(keys.source, from->bytes, sizeof(keys.source));
    memcpy(keys.destination, to->bytes, sizeof(keys.destination));
    keys.encr = choice->encr;
    keys.integ = choice->integ;
    keys.esn = choice->esn;
    keys.encryption.length = (uint8_t)keymat->encr;
    memcpy(keys.encryption.bytes, at, keymat->encr);
    keys.integrity.length = (uint8_t)keymat->integ;
    memcpy(keys.integrity.bytes, at + keymat->encr, keymat->integ);
    keys.derived = true;
    es_keys_add_esp(s->opener->keys, &keys);
}

static struct es_bytes bytes_of(const struct es_open_nonce *nonce)
{
    return (struct es_bytes){nonce->bytes, nonce->size};
}

/* --- IKEv2 --- */

static bool choice_ikev2(const struct es_ike_proposals *chosen, struct choice *out)
{
    *out = (struct choice){0};
    for (size_t i = 0; i < chosen->count; i++) {
        const struct es_ike_transform *one = &chosen->transforms[i];
        if (one->type == ES_IKE_TRANSFORM_ENCR) {
            out->encr = one->id;
            out->key_length = one->key_length;
        } else if (one->type == ES_IKE_TRANSFORM_INTEG) {
            out->integ = one->id;
        } else if (one->type == ES_IKE_TRANSFORM_ESN) {
            out->esn = one->id == 1;
        }
    }
    return out->encr != 0;
}

/* KEYMAT = prf+(SK_d, Ni | Nr): first what protects packets to the responder. RFC 7296, 2.17. */
static void child_ikev2(const struct sight *s, const struct es_open_pending *pending)
{
    const bool first = s->message->header.exchange_type == ES_IKE_EXCHANGE_IKE_AUTH;
    const struct es_ike_keys *keys = s->keys;
    const uint16_t prf = keys->prf ? keys->prf : s->sa->suite.prf;
    struct choice choice;
    struct keymat keymat;
    struct es_open_nonce own;
    if (s->proposals.spi_count == 0 || !choice_ikev2(&s->proposals, &choice) ||
        !sizes(&choice, &keymat))
        return;
    own.size = 0;
    if (s->nonce)
        es_open_nonce_keep(&own, s->nonce);
    const struct es_bytes nonces[2] = {
        bytes_of(first ? &s->sa->nonces[0] : &pending->nonce),
        bytes_of(first ? &s->sa->nonces[1] : &own),
    };
    const struct es_bytes sk_d = {keys->sk_d.bytes, keys->sk_d.length};
    const size_t one = keymat.encr + keymat.integ;
    if (nonces[0].size == 0 || nonces[1].size == 0 || sk_d.size == 0 ||
        !es_prf_plus(prf, sk_d, nonces, 2, keymat.bytes, 2 * one))
        return;
    const uint32_t to_responder = (uint32_t)s->proposals.spis[0].spi;
    const uint32_t to_initiator =
        (uint32_t)offered_spi(pending, s->proposals.spis[0].proposal, ES_IKE_PROTOCOL_ESP);
    add(s, &choice, &keymat, keymat.bytes, to_responder, true);
    if (to_initiator)
        add(s, &choice, &keymat, keymat.bytes + one, to_initiator, false);
}

/* The new IKE SA's keys cannot be computed; if a file has them, its suite is known now. */
static void new_ike_sa(const struct sight *s, const struct es_open_pending *pending)
{
    if (s->proposals.spi_count == 0)
        return;
    const uint64_t initiator =
        offered_spi(pending, s->proposals.spis[0].proposal, ES_IKE_PROTOCOL_IKE);
    const uint64_t responder = s->proposals.spis[0].spi;
    if (!initiator || !responder)
        return;
    struct es_open_sa *sa = es_open_sa_make(s->opener, initiator, responder);
    if (sa)
        es_ike_suite_from(&s->proposals, 2, &sa->suite);
}

static void see_ikev2(const struct sight *s)
{
    const struct es_ike_header *h = &s->message->header;
    if (!es_ike_is_response(h)) {
        see_request(s);
        return;
    }
    const struct es_open_pending *pending = find_pending(s);
    if (!pending || s->proposals.spi_count == 0)
        return;
    const uint8_t protocol = s->proposals.spis[0].protocol;
    if (protocol == ES_IKE_PROTOCOL_IKE)
        new_ike_sa(s, pending);
    else if (protocol == ES_IKE_PROTOCOL_ESP && !es_open_find(s->message, true, ES_IKE_PAYLOAD_KE))
        child_ikev2(s, pending);
}

/* --- IKEv1 --- */

static bool choice_ikev1(const struct es_ike_proposals *chosen, struct choice *out)
{
    *out = (struct choice){0};
    for (size_t i = 0; i < chosen->count; i++) {
        const struct es_ike_transform *one = &chosen->transforms[i];
        if (one->protocol != ES_IKE_PROTOCOL_ESP)
            continue;
        if (one->type == PHASE2_TRANSFORM) {
            out->encr = es_encr_of_phase2(one->id);
            out->key_length = one->key_length;
        } else if (one->type == PHASE2_AUTHENTICATION) {
            out->integ = es_integ_of_phase2(one->id);
        } else if (one->type == PHASE2_ESN) {
            out->esn = one->id == 1;
        }
    }
    return out->encr != 0;
}

/*
 * KEYMAT = K1 | K2 | …, K1 = prf(SKEYID_d, protocol | SPI | Ni | Nr), and each later one has the
 * one before in front of that. RFC 2409, 5.5.
 */
static bool keymat_ikev1(uint16_t prf, const struct es_ike_keys *keys, uint32_t spi,
                         const struct es_bytes nonces[2], uint8_t *out, size_t size)
{
    const uint8_t front[5] = {ES_IKE_PROTOCOL_ESP, (uint8_t)(spi >> 24), (uint8_t)(spi >> 16),
                              (uint8_t)(spi >> 8), (uint8_t)spi};
    const struct es_bytes skeyid_d = {keys->sk_d.bytes, keys->sk_d.length};
    uint8_t last[ES_PRF_BYTES_MAX];
    struct es_bytes parts[] = {
        {last,  0            },
        {front, sizeof(front)},
        nonces[0], nonces[1]
    };
    while (size > 0) {
        uint8_t next[ES_PRF_BYTES_MAX];
        const size_t length = es_prf(prf, skeyid_d, parts, ES_COUNT(parts), next);
        if (length == 0)
            return false;
        memcpy(last, next, length);
        parts[0].size = length;
        const size_t taken = length < size ? length : size;
        memcpy(out, last, taken);
        out += taken;
        size -= taken;
    }
    return true;
}

static uint32_t esp_spi(const struct es_ike_proposals *chosen, uint8_t *proposal)
{
    for (size_t i = 0; i < chosen->spi_count; i++) {
        if (chosen->spis[i].protocol == ES_IKE_PROTOCOL_ESP) {
            *proposal = chosen->spis[i].proposal;
            return (uint32_t)chosen->spis[i].spi;
        }
    }
    return 0;
}

static void child_ikev1(const struct sight *s, const struct es_open_pending *pending)
{
    const struct es_ike_keys *keys = s->keys;
    const uint16_t prf = keys->prf ? keys->prf : es_prf_of_phase1(s->sa->suite.prf);
    struct choice choice;
    struct keymat keymat;
    struct es_open_nonce own;
    uint8_t proposal = 0;
    const uint32_t to_responder = esp_spi(&s->proposals, &proposal);
    const uint32_t to_initiator = (uint32_t)offered_spi(pending, proposal, ES_IKE_PROTOCOL_ESP);
    if (!to_responder || !to_initiator || keys->sk_d.length == 0 ||
        !choice_ikev1(&s->proposals, &choice) || !sizes(&choice, &keymat))
        return;
    es_open_nonce_keep(&own, s->nonce);
    const struct es_bytes nonces[2] = {bytes_of(&pending->nonce), bytes_of(&own)};
    const size_t size = keymat.encr + keymat.integ;
    if (keymat_ikev1(prf, keys, to_responder, nonces, keymat.bytes, size))
        add(s, &choice, &keymat, keymat.bytes, to_responder, true);
    if (keymat_ikev1(prf, keys, to_initiator, nonces, keymat.bytes, size))
        add(s, &choice, &keymat, keymat.bytes, to_initiator, false);
}

/* Request and answer differ by their nonces alone; without KE there is no perfect forward secrecy.
 */
static void see_ikev1(const struct sight *s)
{
    struct es_open_pending *pending = find_pending(s);
    struct es_open_nonce own;
    if (s->message->header.exchange_type != ES_IKE_EXCHANGE_QUICK || !s->nonce)
        return;
    es_open_nonce_keep(&own, s->nonce);
    if (!pending ||
        (pending->nonce.size == own.size && memcmp(pending->nonce.bytes, own.bytes, own.size) == 0))
        see_request(s);
    else if (!es_open_find(s->message, true, ES_IKEV1_PAYLOAD_KE))
        child_ikev1(s, pending);
}

void es_derive_see(struct es_ike_opener *opener, struct es_open_sa *sa,
                   const struct es_ike_keys *keys, const struct es_datagram *datagram,
                   const struct es_ike_message *message)
{
    const uint8_t major = message->header.major;
    struct sight s = {
        .opener = opener, .sa = sa, .keys = keys, .datagram = datagram, .message = message};
    const struct es_ike_payload *payload =
        es_open_find(message, true, major == 1 ? ES_IKEV1_PAYLOAD_SA : ES_IKE_PAYLOAD_SA);
    if (!payload)
        return;
    struct es_cursor body = payload->body;
    if (!es_ike_proposals_parse(&body, major, &s.proposals))
        return;
    s.nonce =
        es_open_find(message, true, major == 1 ? ES_IKEV1_PAYLOAD_NONCE : ES_IKE_PAYLOAD_NONCE);
    if (major == 1)
        see_ikev1(&s);
    else
        see_ikev2(&s);
}
