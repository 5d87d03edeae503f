/*
 * IKEv1: vendor fragments, and encryption by CBC whose IV is never sent. RFC 2409, appendix B.
 *
 *     first encrypted message of phase 1       IV = hash(g^xi | g^xr), cut to a block
 *     first message of another message ID      IV = hash(last block of phase 1 | message ID)
 *     every other                              IV = last block of the message before
 *
 * There is no integrity check but the HASH payload, so that a plaintext is believed when its chain
 * of payloads is sound to the end. A message sent again has its old IV; one that did not open
 * leaves two IVs possible, since nobody can tell whether the peer took it.
 */
#include "open_state.h"

#include <string.h>

enum {
    GENERIC_BYTES = 4,
    MESSAGE_ID_BYTES = 4,
    LAST_FRAGMENT = 0x01,
};

/* --- vendor fragments --- */

/*
 *    |          Fragment ID          |Fragment Number|     Flags     |
 *    |                        Data                                   |
 */
static bool fragment_of(const struct es_ike_message *message, uint16_t *id, struct es_fragment *out)
{
    if (message->encrypted || message->fault == ES_FAULT_CUT ||
        message->header.next_payload != ES_IKEV1_PAYLOAD_FRAGMENT || message->payload_count == 0)
        return false;
    struct es_cursor body = message->payloads[0].body;
    *id = es_u16(&body);
    const uint8_t number = es_u8(&body);
    const uint8_t flags = es_u8(&body);
    const size_t size = es_wire_left(&body);
    const uint8_t *data = es_take(&body, size);
    if (!data)
        return false;
    *out = (struct es_fragment){
        .number = number,
        .total = flags & LAST_FRAGMENT ? number : 0,
        .replaces = true,
        .bytes = {data, size},
    };
    return true;
}

static enum es_fragment_state join(struct es_ike_opener *opener, const struct es_datagram *datagram,
                                   const struct es_ike_message *message, struct es_bytes *whole)
{
    struct es_fragment fragment;
    uint16_t id = 0;
    uint8_t first = 0;
    if (!fragment_of(message, &id, &fragment))
        return ES_FRAGMENT_REFUSED;
    struct es_fragment_key key;
    memset(&key, 0, sizeof(key));
    key.initiator_spi = message->header.initiator_spi;
    key.responder_spi = message->header.responder_spi;
    key.message_id = message->header.message_id;
    key.id = id;
    memcpy(key.source, datagram->source.bytes, sizeof(key.source));
    return es_ike_fragments_add(opener->fragments, &key, &fragment, whole, &first);
}

/* --- what is said in clear --- */

static void keep_public(struct es_open_sa *sa, const struct es_ike_payload *payload)
{
    struct es_cursor body = payload->body;
    const size_t size = es_wire_left(&body);
    const uint8_t *bytes = size <= ES_OPEN_PUBLIC_MAX ? es_take(&body, size) : NULL;
    if (!bytes)
        return;
    /* The initiator's comes first; what comes again is a retransmission. */
    struct es_open_public *one = &sa->publics[0];
    if (one->size) {
        if (one->size == size && memcmp(one->bytes, bytes, size) == 0)
            return;
        one = &sa->publics[1];
    }
    memcpy(one->bytes, bytes, size);
    one->size = (uint16_t)size;
}

static void keep_suite(struct es_open_sa *sa, const struct es_ike_payload *payload)
{
    struct es_ike_proposals chosen;
    struct es_cursor body = payload->body;
    if (es_ike_proposals_parse(&body, 1, &chosen))
        es_ike_suite_from(&chosen, 1, &sa->suite);
}

/* Phase 1: public values and the chosen suite. Aggressive mode has a KE in its first message. */
static void learn(struct es_ike_opener *opener, const struct es_ike_message *message)
{
    const struct es_ike_header *h = &message->header;
    const struct es_ike_payload *sa_payload = es_open_find(message, false, ES_IKEV1_PAYLOAD_SA);
    const struct es_ike_payload *ke = es_open_find(message, false, ES_IKEV1_PAYLOAD_KE);
    if (h->message_id != 0 || (!sa_payload && !ke))
        return;
    if (h->responder_spi != 0 &&
        !es_keys_find_ike(opener->keys, h->initiator_spi, h->responder_spi))
        return;
    if (h->responder_spi == 0 && !ke)
        return;
    struct es_open_sa *sa = es_open_sa_make(opener, h->initiator_spi, h->responder_spi);
    if (!sa)
        return;
    if (h->responder_spi != 0) {
        const struct es_open_sa *request = es_open_sa_find(opener, h->initiator_spi, 0);
        if (request && !sa->publics[0].size)
            sa->publics[0] = request->publics[0];
        if (sa_payload)
            keep_suite(sa, sa_payload);
    } else {
        sa->publics[0].size = 0;
    }
    if (ke)
        keep_public(sa, ke);
}

/* --- IVs --- */

/* Who opens a message, and with what. */
struct attempt {
    struct es_ike_opener *opener;
    struct es_open_sa *sa;
    struct es_cipher *cipher;
    uint16_t prf;
    size_t block;
    struct es_bytes text; /* encrypted */
    struct es_bytes head; /* the IKE header before it */
    uint64_t print;
};

static bool hash_iv(const struct attempt *a, const struct es_bytes *parts, size_t count,
                    uint8_t iv[ES_OPEN_IV_MAX])
{
    uint8_t digest[ES_PRF_BYTES_MAX];
    if (es_prf_digest(a->prf, parts, count, digest) < a->block)
        return false;
    memcpy(iv, digest, a->block);
    return true;
}

static bool first_iv(const struct attempt *a, uint8_t iv[ES_OPEN_IV_MAX])
{
    const struct es_open_public *publics = a->sa->publics;
    const struct es_bytes parts[] = {
        {publics[0].bytes, publics[0].size},
        {publics[1].bytes, publics[1].size},
    };
    return publics[0].size && publics[1].size && hash_iv(a, parts, ES_COUNT(parts), iv);
}

static bool later_iv(const struct attempt *a, const uint8_t *last, uint32_t message_id,
                     uint8_t iv[ES_OPEN_IV_MAX])
{
    const uint8_t id[MESSAGE_ID_BYTES] = {(uint8_t)(message_id >> 24), (uint8_t)(message_id >> 16),
                                          (uint8_t)(message_id >> 8), (uint8_t)message_id};
    const struct es_bytes parts[] = {
        {last, a->block  },
        {id,   sizeof(id)},
    };
    return hash_iv(a, parts, ES_COUNT(parts), iv);
}

static struct es_open_chain *find_chain(struct es_open_sa *sa, uint32_t message_id)
{
    for (size_t i = 0; i < ES_OPEN_CHAINS; i++) {
        if (sa->chains[i].used && sa->chains[i].message_id == message_id)
            return &sa->chains[i];
    }
    return NULL;
}

/* The first place is phase 1's and stays. */
static struct es_open_chain *new_chain(const struct attempt *a, uint32_t message_id)
{
    struct es_open_sa *sa = a->sa;
    struct es_open_chain *chain = &sa->chains[0];
    if (message_id != 0) {
        chain = &sa->chains[1 + sa->chain_next];
        sa->chain_next = (sa->chain_next + 1) % (ES_OPEN_CHAINS - 1);
    }
    memset(chain, 0, sizeof(*chain));
    chain->used = true;
    chain->message_id = message_id;
    if (message_id == 0) {
        chain->known = first_iv(a, chain->iv);
        return chain;
    }
    struct es_open_chain *phase1 = find_chain(sa, 0);
    if (!phase1)
        phase1 = new_chain(a, 0); /* aggressive mode may have encrypted nothing */
    chain->known = phase1->known && later_iv(a, phase1->iv, message_id, chain->iv);
    chain->doubted = phase1->doubted && later_iv(a, phase1->other, message_id, chain->other);
    return chain;
}

static const uint8_t *last_block(const struct attempt *a)
{
    return a->text.at + a->text.size - a->block;
}

/* The next message goes on from this one. */
static void advance(const struct attempt *a, struct es_open_chain *chain, const uint8_t *iv)
{
    const size_t at = chain->seen_count++ % ES_OPEN_SEEN;
    chain->seen[at].print = a->print;
    chain->seen[at].known = iv != NULL;
    if (iv)
        memcpy(chain->seen[at].iv, iv, a->block);
    memcpy(chain->iv, last_block(a), a->block);
    chain->known = true;
    chain->doubted = false;
}

/* --- what comes out --- */

/* In all exchanges but phase 1's a HASH payload comes first. */
static bool begins_right(const struct attempt *a, const struct es_ike_message *message)
{
    const struct es_ike_payload *first = &message->payloads[message->clear_count];
    if (message->payload_count == message->clear_count)
        return false;
    if (message->header.message_id == 0)
        return true;
    uint8_t digest[ES_PRF_BYTES_MAX];
    return first->type == ES_IKEV1_PAYLOAD_HASH &&
           first->length == GENERIC_BYTES + es_prf_digest(a->prf, NULL, 0, digest);
}

static bool all_known(const struct es_ike_message *message)
{
    for (size_t i = message->clear_count; i < message->payload_count; i++) {
        if (!es_registry_find(&es_registry_ikev1_payload, message->payloads[i].type))
            return false;
    }
    return true;
}

/*
 * Decrypts and looks. A chain that breaks behind a HASH payload of the right length is a fault of
 * the message if the key has opened others; elsewhere a broken chain means that the key is wrong.
 */
static bool opens(struct attempt *a, const uint8_t *iv, struct es_ike_message *message)
{
    const struct es_ike_message before = *message;
    uint8_t *const start = a->opener->plain.bytes;
    uint8_t *const plain = start + a->head.size;
    if (!es_cipher_decrypt(a->cipher, iv, a->text, plain))
        return false;
    const bool sound =
        es_open_append(message, start, (struct es_bytes){plain, a->text.size}, a->block);
    const bool right = begins_right(a, message);
    if (right && sound && all_known(message))
        return true;
    if (right && !sound && a->sa->proven && message->header.message_id != 0)
        return true;
    *message = before;
    return false;
}

static enum es_opened open_again(struct attempt *a, const struct es_open_chain *chain, size_t at,
                                 struct es_ike_message *message)
{
    return chain->seen[at].known && opens(a, chain->seen[at].iv, message) ? ES_OPENED_YES
                                                                          : ES_OPENED_NO;
}

static enum es_opened open_next(struct attempt *a, struct es_open_chain *chain,
                                struct es_ike_message *message)
{
    uint8_t iv[ES_OPEN_IV_MAX];
    if (!chain->known) {
        advance(a, chain, NULL);
        return ES_OPENED_NO;
    }
    memcpy(iv, chain->iv, sizeof(iv));
    bool opened = opens(a, iv, message);
    if (!opened && chain->doubted) {
        memcpy(iv, chain->other, sizeof(iv));
        opened = opens(a, iv, message);
    }
    if (opened) {
        advance(a, chain, iv);
        a->sa->proven = true;
        return ES_OPENED_YES;
    }
    chain->doubted = true;
    memcpy(chain->other, last_block(a), a->block);
    /* With a key that fits, a message before it is missing. */
    return a->sa->proven || !a->sa->publics[1].size ? ES_OPENED_NO : ES_OPENED_WRONG_KEY;
}

static enum es_opened open_in_chain(struct attempt *a, struct es_ike_message *message)
{
    const uint32_t message_id = message->header.message_id;
    struct es_open_chain *chain = find_chain(a->sa, message_id);
    if (!chain)
        chain = new_chain(a, message_id);
    for (size_t i = 0; i < ES_OPEN_SEEN && i < chain->seen_count; i++) {
        if (chain->seen[i].print == a->print)
            return open_again(a, chain, i, message);
    }
    return open_next(a, chain, message);
}

/* --- a message --- */

static uint16_t encr_of(const struct es_ike_keys *keys, const struct es_open_sa *sa)
{
    return keys->encr ? keys->encr : es_encr_of_phase1(sa->suite.encr);
}

static uint16_t prf_of(const struct es_ike_keys *keys, const struct es_open_sa *sa)
{
    return keys->prf ? keys->prf : es_prf_of_phase1(sa->suite.prf);
}

static bool place(struct attempt *a, const struct es_datagram *datagram,
                  const struct es_ike_message *message)
{
    const struct es_cursor *sealed = &message->sealed;
    if (message->fault != ES_FAULT_NONE || sealed->missing > 0)
        return false;
    const uint8_t *const header = datagram->payload.at;
    a->head = (struct es_bytes){header, (size_t)(sealed->at - header)};
    a->text = (struct es_bytes){sealed->at, es_left(sealed)};
    a->block = es_cipher_block_bytes(a->cipher);
    a->print = es_hash(a->opener->seed, a->text.at, a->text.size);
    return a->text.size >= a->block && a->text.size % a->block == 0 && a->block <= ES_OPEN_IV_MAX &&
           es_open_buffer_hold(&a->opener->plain, a->head.size + a->text.size);
}

static enum es_opened unseal(struct es_ike_opener *opener, const struct es_datagram *datagram,
                             struct es_ike_message *message)
{
    const struct es_ike_header *h = &message->header;
    const struct es_ike_keys *found =
        es_keys_find_ike(opener->keys, h->initiator_spi, h->responder_spi);
    if (!found || found->major != 1)
        return ES_OPENED_NO;
    struct es_open_sa *sa = es_open_sa_make(opener, h->initiator_spi, h->responder_spi);
    if (!sa)
        return ES_OPENED_NO;
    const struct es_ike_keys keys = *found; /* the store may change below */
    const uint16_t encr = encr_of(&keys, sa);
    if (encr && !es_encr_key_fits(encr, keys.sk_ei.length))
        return ES_OPENED_WRONG_KEY;
    const struct es_cipher_keys made = {
        .encr = encr, .encryption = {keys.sk_ei.bytes, keys.sk_ei.length}
    };
    struct attempt attempt = {
        .opener = opener,
        .sa = sa,
        .cipher = encr ? es_cipher_new(&made) : NULL,
        .prf = prf_of(&keys, sa),
    };
    enum es_opened result = ES_OPENED_NO;
    if (attempt.cipher && place(&attempt, datagram, message))
        result = open_in_chain(&attempt, message);
    es_cipher_free(attempt.cipher);
    if (result == ES_OPENED_YES)
        es_derive_see(opener, sa, &keys, datagram, message);
    return result;
}

static enum es_opened see(struct es_ike_opener *opener, const struct es_datagram *datagram,
                          struct es_ike_message *message)
{
    if (!opener->keys || es_keys_ike_count(opener->keys) == 0)
        return ES_OPENED_NO;
    if (message->encrypted)
        return unseal(opener, datagram, message);
    learn(opener, message);
    return ES_OPENED_NO;
}

enum es_opened es_open_ikev1(struct es_ike_opener *opener, const struct es_datagram *datagram,
                             struct es_ike_message *message)
{
    if (message->header.next_payload != ES_IKEV1_PAYLOAD_FRAGMENT || message->encrypted)
        return see(opener, datagram, message);
    struct es_bytes whole;
    const enum es_fragment_state state = join(opener, datagram, message, &whole);
    if (state != ES_FRAGMENT_WHOLE)
        return state == ES_FRAGMENT_TAKEN ? ES_OPENED_PARTIAL : ES_OPENED_NO;
    /* From here on the message is the one that was cut up. */
    struct es_ike_message joined;
    struct es_datagram carrier = *datagram;
    carrier.payload = es_cursor(whole.at, whole.size, whole.size);
    if (!es_ike_message_parse(carrier.payload, &joined) ||
        joined.header.next_payload == ES_IKEV1_PAYLOAD_FRAGMENT)
        return ES_OPENED_NO;
    *message = joined;
    return see(opener, &carrier, message);
}
