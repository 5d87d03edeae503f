/*
 * What an encrypted message can be, from the lengths that its classes can have.
 *
 * Sizes of payloads (RFC 7296, 3; RFC 2408, 3), generic header included:
 *
 *     notify           8 + SPI + data            IKEv1 12 + SPI + data
 *     delete           8 + 4 for each Child SA   IKEv1 12 + 4, or 12 + 16 for the ISAKMP SA
 *     identity         8 + identity
 *     authentication   8 + PRF output, or + signature
 *     nonce            4 + nonce
 *     key exchange     8 + public value
 *     SA               4 + 8 + SPI + transforms of 8, or 12 with a key length
 *     traffic selector 24 for one IPv4 range, 48 for one of IPv6
 */
#include "class_inner.h"

enum {
    ANY_LENGTH = 1 << 24,
    NONCE_USUAL = 32,
    PRF_LEAST = 16, /* when the PRF is not known */
    PRF_MOST = 64,
};

enum side { REQUEST = 1, RESPONSE = 2, EITHER = 3 };

/* The lengths of inner payloads that a class has in an exchange. */
struct class_rule {
    uint8_t exchange;
    uint8_t side; /* enum side; IKEv1: EITHER */
    uint16_t class;
    uint32_t least, most, step;
    bool prf; /* the PRF's output comes on top of `least` and `most` */
};

#define RULE(exchange, side, class, least, most, step, prf)                                        \
    {                                                                                              \
        ES_IKE_EXCHANGE_##exchange, side, ES_IKE_CLASS_##class, least, most, step, prf             \
    }

static const struct class_rule rules[] = {
    RULE(INFORMATIONAL, EITHER, EMPTY, 0, 0, 1, false),
    RULE(INFORMATIONAL, EITHER, DELETE_IKE, 8, 8, 1, false),
    RULE(INFORMATIONAL, EITHER, DELETE_CHILD, 12, 40, 4, false),
    RULE(INFORMATIONAL, EITHER, NOTIFY, 8, 24, 1, false),
    /* Two NAT detection notifies, perhaps with UPDATE_SA_ADDRESSES and COOKIE2. */
    RULE(INFORMATIONAL, EITHER, MOBIKE, 56, 160, 1, false),

    /* IDr of up to 40 bytes, AUTH by shared key, and notifies; or AUTH by RSA. */
    RULE(IKE_AUTH, RESPONSE, AUTH_REFUSED, 8, 24, 1, false),
    RULE(IKE_AUTH, RESPONSE, CHILD_REFUSED, 24, 92, 1, true),
    RULE(IKE_AUTH, RESPONSE, CHILD_REFUSED, 280, ANY_LENGTH, 1, false),
    /* IDr, AUTH, SA of one AEAD proposal (36), two traffic selectors (48). */
    RULE(IKE_AUTH, RESPONSE, AUTH, 100, ANY_LENGTH, 1, true),
    /* AUTH alone: the last request of EAP. IDi and AUTH: a childless IKE SA. */
    RULE(IKE_AUTH, REQUEST, AUTH, 8, ANY_LENGTH, 1, true),

    RULE(CREATE_CHILD_SA, RESPONSE, NOTIFY, 8, 24, 1, false),
    RULE(IKE_FOLLOWUP_KE, RESPONSE, NOTIFY, 8, 24, 1, false),

    /* IKEv1: lengths after the HASH payload. */
    RULE(INFORMATIONAL_V1, EITHER, DELETE_IKE, 28, 28, 1, false),
    RULE(INFORMATIONAL_V1, EITHER, DELETE_CHILD, 16, 20, 4, false),
    RULE(INFORMATIONAL_V1, EITHER, NOTIFY, 12, 32, 1, false),
    RULE(INFORMATIONAL_V1, EITHER, R_U_THERE, 32, 32, 1, false),
    RULE(QUICK, EITHER, QUICK_HASH, 0, 0, 1, false),
    RULE(QUICK, EITHER, NOTIFY, 16, 32, 1, false),
    /* SA of one proposal (44) and the shortest nonce. */
    RULE(QUICK, EITHER, NEW_CHILD, 56, ANY_LENGTH, 1, false),
    /* Messages 5 and 6: identity, and HASH as anywhere; message 3: HASH alone will do. */
    RULE(IDENTITY_PROTECTION, EITHER, AUTH, 8, ANY_LENGTH, 1, false),
    RULE(AGGRESSIVE, EITHER, AUTH, 0, ANY_LENGTH, 1, false),
};
#undef RULE

/* Is a length least, least + step, … most within the bounds? */
static bool meets(const struct es_ike_bounds *bounds, uint32_t least, uint32_t most, uint32_t step)
{
    uint32_t first = least;
    if (bounds->inner_min > least)
        first += (bounds->inner_min - least + step - 1) / step * step;
    return first <= most && first <= bounds->inner_max;
}

static unsigned classes_by_rule(const struct es_ike_suite *suite, uint8_t exchange, unsigned side,
                                const struct es_ike_bounds *bounds)
{
    const uint32_t prf = suite->major == 2 ? es_prf_length(suite->prf) : 0;
    unsigned classes = 0;
    for (size_t i = 0; i < ES_COUNT(rules); i++) {
        const struct class_rule *rule = &rules[i];
        if (rule->exchange != exchange || (rule->side & side) == 0)
            continue;
        const uint32_t least = rule->least + (rule->prf ? prf ? prf : PRF_LEAST : 0);
        const uint32_t most = rule->most + (rule->prf ? prf ? prf : PRF_MOST : 0);
        if (meets(bounds, least, most, rule->step))
            classes |= rule->class;
    }
    return classes;
}

/* Parts of CREATE_CHILD_SA messages. */
enum {
    SA_CHILD_BYTES = 4 + 8 + 4 + 8,   /* SA, proposal, SPI, ESN */
    SA_IKE_BYTES = 4 + 8 + 8 + 8 + 8, /* SA, proposal, SPI, PRF, KE */
    TRANSFORM_BYTES = 8,
    KEY_LENGTH_BYTES = 4,
    NONCE_HEADER_BYTES = 4,
    KE_HEADER_BYTES = 8,
    SELECTORS_LEAST = 48,
};

/* What varies in a Child SA's negotiation; each choice is taken with each other. */
static const uint16_t child_transforms[] = {
    TRANSFORM_BYTES,                        /* combined mode without key length */
    TRANSFORM_BYTES + KEY_LENGTH_BYTES,     /* combined mode with one */
    2 * TRANSFORM_BYTES,                    /* cipher without key length, integrity */
    2 * TRANSFORM_BYTES + KEY_LENGTH_BYTES, /* cipher with one, integrity */
};
static const uint16_t child_selectors[] = {48, 96}; /* one range a side: IPv4, IPv6 */
static const uint16_t child_notifies[] = {
    0, 8,   /* none, or one such as USE_TRANSPORT_MODE */
    12, 20, /* requests: with REKEY_SA */
};
enum { RESPONSE_NOTIFIES = 2 };

static bool is_new_child(const struct es_ike_bounds *bounds, unsigned side, uint32_t base)
{
    const size_t notifies = side == RESPONSE ? RESPONSE_NOTIFIES : ES_COUNT(child_notifies);
    for (size_t t = 0; t < ES_COUNT(child_transforms); t++) {
        for (size_t s = 0; s < ES_COUNT(child_selectors); s++) {
            for (size_t n = 0; n < notifies; n++) {
                const uint32_t length =
                    base + child_transforms[t] + child_selectors[s] + child_notifies[n];
                if (meets(bounds, length, length, 1))
                    return true;
            }
        }
    }
    return false;
}

/*
 * Responses hold one proposal with one transform of each type, so their usual lengths are few, and
 * so are those of requests that offer no more. Only where none of these fits (several proposals,
 * another group, several selectors) is all that is long enough called possible: a Child SA with
 * many selectors can measure what an IKE SA does, so what follows has the last word.
 */
static unsigned classes_of_create_child(const struct es_ike_suite *suite, unsigned side,
                                        const struct es_ike_bounds *bounds, uint32_t nonce)
{
    const uint32_t ke =
        side == RESPONSE ? es_ke_method_reply_length(suite->ke) : es_ke_method_length(suite->ke);
    const uint32_t nonce_payload = NONCE_HEADER_BYTES + nonce;
    const uint32_t child = SA_CHILD_BYTES + nonce_payload;
    const uint32_t ike = SA_IKE_BYTES + TRANSFORM_BYTES +
                         (suite->key_length ? KEY_LENGTH_BYTES : 0U) +
                         (suite->integ ? TRANSFORM_BYTES : 0U) + nonce_payload + KE_HEADER_BYTES;
    unsigned classes = 0;
    if (ke && meets(bounds, ike + ke, ike + ke, 1))
        classes |= ES_IKE_CLASS_NEW_IKE;
    if (is_new_child(bounds, side, child) ||
        (ke && is_new_child(bounds, side, child + TRANSFORM_BYTES + KE_HEADER_BYTES + ke)))
        classes |= ES_IKE_CLASS_NEW_CHILD;
    if (classes)
        return classes;
    if (meets(bounds, child + TRANSFORM_BYTES + SELECTORS_LEAST, ANY_LENGTH, 1))
        classes |= ES_IKE_CLASS_NEW_CHILD | ES_IKE_CLASS_NEW_IKE;
    return classes;
}

/* A fragment stands for the message that it is part of: RFC 7383, 2.5.2. */
static void widen_fragment(const struct es_ike_message *message, struct es_ike_bounds *bounds)
{
    const uint32_t total = message->fragment_total;
    if (total < 2)
        return;
    const bool last = message->fragment_number == total;
    bounds->inner_min = last ? bounds->inner_min + total - 1 : bounds->inner_min * (total - 1);
    bounds->inner_max = last ? ANY_LENGTH : bounds->inner_max * total;
}

unsigned es_ike_could_be(const struct es_ike_suite *suite, const struct es_ike_message *message,
                         size_t nonce_length)
{
    struct es_ike_bounds bounds;
    if (message->decrypted)
        return es_ike_class_inner(message);
    if (!message->encrypted || suite->major != message->header.major ||
        !es_ike_bounds(suite, es_wire_left(&message->sealed), &bounds))
        return 0;
    widen_fragment(message, &bounds);
    const uint8_t exchange = message->header.exchange_type;
    const unsigned side = es_ike_is_response(&message->header) ? RESPONSE : REQUEST;
    unsigned classes = classes_by_rule(suite, exchange, side, &bounds);
    if (exchange == ES_IKE_EXCHANGE_CREATE_CHILD_SA) {
        const uint32_t nonce = nonce_length ? (uint32_t)nonce_length : NONCE_USUAL;
        classes |= classes_of_create_child(suite, side, &bounds, nonce);
    }
    /* EAP takes several rounds, of any length. */
    if (exchange == ES_IKE_EXCHANGE_IKE_AUTH && message->header.message_id > 1)
        classes |= ES_IKE_CLASS_OTHER;
    return classes ? classes : ES_IKE_CLASS_OTHER;
}

enum es_ike_pfs es_ike_pfs(const struct es_ike_suite *suite, const struct es_ike_message *message,
                           size_t nonce_length)
{
    struct es_ike_bounds bounds;
    if (message->decrypted) {
        const uint8_t type = suite->major == 1 ? ES_IKEV1_PAYLOAD_KE : ES_IKE_PAYLOAD_KE;
        return es_ike_payload_find(message, type) ? ES_IKE_PFS_YES : ES_IKE_PFS_NO;
    }
    if (!message->encrypted || suite->major != 2 || message->fragment_total > 1 ||
        !es_ike_bounds(suite, es_wire_left(&message->sealed), &bounds))
        return ES_IKE_PFS_OPEN;
    const uint32_t nonce = nonce_length ? (uint32_t)nonce_length : NONCE_USUAL;
    const uint32_t ke = es_ke_method_reply_length(suite->ke);
    const uint32_t child = SA_CHILD_BYTES + NONCE_HEADER_BYTES + nonce;
    const bool without = is_new_child(&bounds, RESPONSE, child);
    const bool with =
        ke && is_new_child(&bounds, RESPONSE, child + TRANSFORM_BYTES + KE_HEADER_BYTES + ke);
    if (without == with)
        return ES_IKE_PFS_OPEN;
    return with ? ES_IKE_PFS_YES : ES_IKE_PFS_NO;
}

const char *es_ike_class_name(enum es_ike_class one)
{
    static const char *const names[] = {
        "empty",   "delete-ike",   "delete-child",  "notify", "r-u-there",
        "mobike",  "auth-refused", "child-refused", "auth",   "new-child",
        "new-ike", "quick-hash",   "other",
    };
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        if ((unsigned)one == 1U << i)
            return names[i];
    }
    return "several";
}
