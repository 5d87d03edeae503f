/*
 * IKEv2: SK (RFC 7296, 3.14) and SKF (RFC 7383, 2.5) payloads.
 *
 *     IKE header … generic header [fragment numbers]    head
 *     IV, ciphertext, ICV                               body
 *
 * The ICV of a suite with an integrity algorithm covers all before it; a combined mode's covers the
 * head as associated data (RFC 5282, 5.1). Inside: payloads, padding, one byte of pad length.
 */
#include "open_state.h"

#include <string.h>

/* --- what is said in clear --- */

static void learn_answer(struct es_ike_opener *opener, const struct es_ike_message *message)
{
    const struct es_ike_header *h = &message->header;
    const struct es_ike_payload *sa_payload = es_open_find(message, false, ES_IKE_PAYLOAD_SA);
    const struct es_ike_payload *nonce = es_open_find(message, false, ES_IKE_PAYLOAD_NONCE);
    if (!sa_payload || !nonce ||
        !es_keys_find_ike(opener->keys, h->initiator_spi, h->responder_spi))
        return;
    struct es_open_sa *sa = es_open_sa_make(opener, h->initiator_spi, h->responder_spi);
    if (!sa)
        return;
    const struct es_open_sa *request = es_open_sa_find(opener, h->initiator_spi, 0);
    if (request)
        sa->nonces[0] = request->nonces[0];
    es_open_nonce_keep(&sa->nonces[1], nonce);
    struct es_ike_proposals chosen;
    struct es_cursor body = sa_payload->body;
    if (es_ike_proposals_parse(&body, 2, &chosen))
        es_ike_suite_from(&chosen, 2, &sa->suite);
}

/* IKE_SA_INIT: nonces and suite. */
static void learn(struct es_ike_opener *opener, const struct es_ike_message *message)
{
    const struct es_ike_header *h = &message->header;
    if (h->exchange_type != ES_IKE_EXCHANGE_IKE_SA_INIT)
        return;
    if (es_ike_is_response(h)) {
        learn_answer(opener, message);
        return;
    }
    const struct es_ike_payload *nonce = es_open_find(message, false, ES_IKE_PAYLOAD_NONCE);
    struct es_open_sa *sa = nonce ? es_open_sa_make(opener, h->initiator_spi, 0) : NULL;
    if (sa)
        es_open_nonce_keep(&sa->nonces[0], nonce);
}

/* --- decryption --- */

/* One message's way through the ciphers. */
struct attempt {
    struct es_ike_opener *opener;
    const struct es_ike_keys *keys;
    const struct es_secret *encryption, *integrity; /* of its direction */
    struct es_sealed sealed;
    struct es_bytes plain; /* in opener->plain, where it would lie in the message */
    bool checked;          /* by an ICV */
};

/*
 * The plaintext goes where its ciphertext was, counted from the header: offsets then are those in
 * the message.
 */
static enum es_crypt attempt_with(struct attempt *a, uint16_t encr, uint16_t integ)
{
    const struct es_cipher_keys keys = {
        .encr = encr,
        .integ = integ,
        .encryption = {a->encryption->bytes, a->encryption->length},
        .integrity = {a->integrity->bytes,  a->integrity->length },
    };
    struct es_cipher *cipher = es_cipher_new(&keys);
    if (!cipher)
        return ES_CRYPT_FAILED;
    const size_t at = a->sealed.head.size + es_cipher_iv_bytes(cipher);
    enum es_crypt result = ES_CRYPT_FAILED;
    a->checked = es_cipher_checks(cipher);
    if (es_open_buffer_hold(&a->opener->plain, at + a->sealed.body.size)) {
        uint8_t *const plain = a->opener->plain.bytes + at;
        a->plain.at = plain;
        result = es_cipher_open(cipher, &a->sealed, plain, &a->plain.size);
    }
    es_cipher_free(cipher);
    return result;
}

static bool combines(uint16_t encr)
{
    const struct es_encr *lengths = es_encr_find(encr);
    return lengths && lengths->icv > 0;
}

/*
 * Nobody named the integrity algorithm, but there is a key for one: its length leaves few, and a
 * check that passes is no accident.
 */
static enum es_crypt try_integs(struct attempt *a, uint16_t encr, uint16_t *integ)
{
    enum es_crypt result = ES_CRYPT_FAILED;
    for (size_t i = 0; (*integ = es_integ_at(i)) != 0; i++) {
        if (es_integ_key_bytes(*integ) != a->integrity->length)
            continue;
        const enum es_crypt one = attempt_with(a, encr, *integ);
        if (one == ES_CRYPT_OK)
            return one;
        if (one != ES_CRYPT_FAILED)
            result = one;
    }
    return result;
}

static enum es_crypt try_encr(struct attempt *a, uint16_t encr, uint16_t *integ)
{
    if (*integ || combines(encr) || a->integrity->length == 0)
        return attempt_with(a, encr, *integ);
    return try_integs(a, encr, integ);
}

/* Only where a check can tell: with an unchecked cipher everything would open. */
static enum es_crypt try_encrs(struct attempt *a, uint16_t *encr, uint16_t *integ)
{
    enum es_crypt result = ES_CRYPT_FAILED;
    const uint16_t given = *integ;
    for (size_t i = 0; (*encr = es_encr_at(i)) != 0; i++) {
        if (!es_encr_key_fits(*encr, a->encryption->length) ||
            (!combines(*encr) && a->integrity->length == 0))
            continue;
        *integ = combines(*encr) ? 0 : given;
        const enum es_crypt one = try_encr(a, *encr, integ);
        if (one == ES_CRYPT_OK)
            return one;
        if (one != ES_CRYPT_FAILED)
            result = one;
    }
    return result;
}

/* The key file's algorithms, else the negotiated, else those that open it. */
static enum es_crypt decrypt(struct attempt *a, struct es_open_sa *sa)
{
    const struct es_ike_suite *suite = &sa->suite;
    uint16_t encr = a->keys->encr ? a->keys->encr : suite->encr ? suite->encr : sa->tried_encr;
    uint16_t integ = a->keys->integ ? a->keys->integ : suite->integ;
    if (integ == 0)
        integ = sa->tried_integ;
    if (encr == 0 && a->encryption->length == 0 && a->integrity->length > 0)
        encr = ES_IKE_ENCR_NULL;
    /* A key, but not one of the algorithm that was negotiated. */
    if (a->encryption->length > 0 && es_encr_key_bytes(encr, 0) > 0 &&
        !es_encr_key_fits(encr, a->encryption->length))
        return ES_CRYPT_ICV;
    const enum es_crypt result = encr ? try_encr(a, encr, &integ) : try_encrs(a, &encr, &integ);
    if (result == ES_CRYPT_OK) {
        sa->tried_encr = encr;
        sa->tried_integ = integ;
    }
    return result;
}

/* --- what comes out --- */

/* Takes padding and its length off. False when they cannot be. RFC 7296, 3.14. */
static bool unpad(struct es_bytes *plain)
{
    if (plain->size == 0)
        return false;
    const size_t padding = plain->at[plain->size - 1];
    if (padding + 1 > plain->size)
        return false;
    plain->size -= padding + 1;
    return true;
}

static void refuse_padding(struct es_ike_message *message, const struct attempt *a)
{
    const size_t text = a->plain.size ? a->plain.size - 1 : 0;
    message->clear_count = message->payload_count;
    message->decrypted = true;
    message->fault = ES_FAULT_VALUE;
    message->fault_offset = (uint32_t)((size_t)(a->plain.at - a->opener->plain.bytes) + text);
    message->fault_reason = "padding longer than what is encrypted";
}

static enum es_fragment_state join(struct es_ike_opener *opener,
                                   const struct es_ike_message *message, struct es_bytes *plain,
                                   uint8_t *first)
{
    const struct es_ike_header *h = &message->header;
    struct es_fragment_key key;
    memset(&key, 0, sizeof(key));
    key.initiator_spi = h->initiator_spi;
    key.responder_spi = h->responder_spi;
    key.message_id = h->message_id;
    key.exchange_type = h->exchange_type;
    key.flags = h->flags & (ES_IKE_FLAG_INITIATOR | ES_IKE_FLAG_RESPONSE);
    const struct es_fragment fragment = {
        .number = message->fragment_number,
        .total = message->fragment_total,
        .first = message->sealed_first,
        .bytes = *plain,
    };
    return es_ike_fragments_add(opener->fragments, &key, &fragment, plain, first);
}

/*
 * The inner chain. Without a check, what does not look like IKE to the last byte is taken for the
 * fault of the key.
 */
static enum es_opened show(struct attempt *a, struct es_ike_message *message, const uint8_t *start)
{
    const struct es_ike_message before = *message;
    if (es_open_append(message, start, a->plain, 0) || a->checked)
        return ES_OPENED_YES;
    *message = before;
    return ES_OPENED_WRONG_KEY;
}

static enum es_opened show_fragment(struct attempt *a, struct es_ike_message *message)
{
    uint8_t first = 0;
    const enum es_fragment_state state = join(a->opener, message, &a->plain, &first);
    if (state == ES_FRAGMENT_TAKEN)
        return ES_OPENED_PARTIAL;
    if (state == ES_FRAGMENT_REFUSED)
        return ES_OPENED_NO;
    message->sealed_first = first;
    return show(a, message, a->plain.at);
}

static enum es_opened unseal(struct attempt *a, struct es_open_sa *sa,
                             struct es_ike_message *message)
{
    const enum es_crypt result = decrypt(a, sa);
    if (result == ES_CRYPT_FAILED)
        return ES_OPENED_NO;
    if (result != ES_CRYPT_OK)
        return ES_OPENED_WRONG_KEY;
    struct es_bytes whole = a->plain;
    if (!unpad(&a->plain)) {
        if (!a->checked)
            return ES_OPENED_WRONG_KEY;
        a->plain = whole;
        refuse_padding(message, a);
        return ES_OPENED_YES;
    }
    return message->fragment_total ? show_fragment(a, message)
                                   : show(a, message, a->opener->plain.bytes);
}

/* The sealed part with what stands before it. False when the capture did not keep all of it. */
static bool place(const struct es_datagram *datagram, const struct es_ike_message *message,
                  struct es_sealed *out)
{
    const struct es_cursor *sealed = &message->sealed;
    if (message->fault == ES_FAULT_CUT || message->fault == ES_FAULT_SHORT || sealed->missing > 0 ||
        !sealed->at)
        return false;
    const uint8_t *const header = datagram->payload.at;
    *out = (struct es_sealed){
        .head = {header,     (size_t)(sealed->at - header)},
        .body = {sealed->at, es_left(sealed)              },
    };
    return true;
}

static void aim(struct attempt *a, const struct es_ike_keys *keys, uint8_t flags)
{
    const bool initiator = (flags & ES_IKE_FLAG_INITIATOR) != 0;
    a->keys = keys;
    a->encryption = initiator ? &keys->sk_ei : &keys->sk_er;
    a->integrity = initiator ? &keys->sk_ai : &keys->sk_ar;
}

/*
 * Keys without an initiator SPI: a log does not always say whose they are, that of an IKE SA's
 * rekey for one. An integrity check that passes does. Each SA is tried with each of them once.
 */
static bool adopt(struct attempt *a, struct es_open_sa *sa, uint8_t flags, struct es_ike_keys *out)
{
    const size_t count = es_keys_ike_count(a->opener->keys);
    for (size_t i = sa->strays_tried; i < count; i++) {
        const struct es_ike_keys *one = es_keys_ike_at(a->opener->keys, i);
        if (one->initiator_spi != 0 || one->major != 2)
            continue;
        aim(a, one, flags);
        if (decrypt(a, sa) != ES_CRYPT_OK || !a->checked)
            continue;
        *out = *one;
        out->initiator_spi = sa->initiator_spi;
        out->responder_spi = sa->responder_spi;
        return es_keys_add_ike(a->opener->keys, out);
    }
    sa->strays_tried = count;
    return false;
}

/* Any such keys at all? Each key is looked at once. */
static bool has_strays(struct es_ike_opener *opener)
{
    const size_t count = es_keys_ike_count(opener->keys);
    for (; opener->keys_seen < count; opener->keys_seen++) {
        if (es_keys_ike_at(opener->keys, opener->keys_seen)->initiator_spi == 0)
            opener->has_strays = true;
    }
    return opener->has_strays;
}

/* The keys of the message's SA, copied since the store may change, and what is known of the SA. */
static struct es_open_sa *find_sa(struct attempt *a, const struct es_ike_header *h,
                                  struct es_ike_keys *keys)
{
    struct es_ike_opener *opener = a->opener;
    const struct es_ike_keys *found =
        es_keys_find_ike(opener->keys, h->initiator_spi, h->responder_spi);
    if (found ? found->major != 2 : !has_strays(opener))
        return NULL;
    if (found)
        *keys = *found;
    struct es_open_sa *sa = es_open_sa_make(opener, h->initiator_spi, h->responder_spi);
    return sa && (found || adopt(a, sa, h->flags, keys)) ? sa : NULL;
}

enum es_opened es_open_ikev2(struct es_ike_opener *opener, const struct es_datagram *datagram,
                             struct es_ike_message *message)
{
    const struct es_ike_header *h = &message->header;
    if (!opener->keys || es_keys_ike_count(opener->keys) == 0)
        return ES_OPENED_NO;
    if (!message->encrypted) {
        learn(opener, message);
        return ES_OPENED_NO;
    }
    struct attempt attempt = {.opener = opener};
    struct es_ike_keys keys;
    if (!place(datagram, message, &attempt.sealed))
        return ES_OPENED_NO;
    struct es_open_sa *sa = find_sa(&attempt, h, &keys);
    if (!sa)
        return ES_OPENED_NO;
    aim(&attempt, &keys, h->flags);
    const enum es_opened result = unseal(&attempt, sa, message);
    if (result == ES_OPENED_YES)
        es_derive_see(opener, sa, &keys, datagram, message);
    return result;
}
