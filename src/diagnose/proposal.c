/*
 * Offers compared: which proposal of one comes nearest to which of the other, and what still keeps
 * them apart. An IKEv2 proposal lists what may be chosen by type; an IKEv1 transform is one choice
 * of each (RFC 7296, 3.3; RFC 2408, 3.6).
 */
#include "proposal.h"

#include <string.h>

enum {
    /* What some responders read of an offer: the rest they do not look at. */
    PROPOSALS_USUAL = 8,
    TRANSFORMS_USUAL = 20,
    /* Rows of an offer that are compared: each with each, so hostile lists must not be long. */
    ROWS_COMPARED = 128,
};

static bool is_life(const struct es_ike_transform *t)
{
    return t->value != 0;
}

static bool same_transform(const struct es_ike_transform *a, const struct es_ike_transform *b)
{
    return a->type == b->type && a->id == b->id && a->key_length == b->key_length;
}

static bool holds(const struct es_offer *offer, const struct es_ike_transform *transform)
{
    for (size_t i = 0; i < offer->count; i++) {
        if (same_transform(&offer->transforms[i], transform))
            return true;
    }
    return false;
}

static bool holds_type(const struct es_offer *offer, uint16_t type)
{
    for (size_t i = 0; i < offer->count; i++) {
        if (offer->transforms[i].type == type && !is_life(&offer->transforms[i]))
            return true;
    }
    return false;
}

/* A type that is not offered is as good as NONE. RFC 7296, 3.3.3. */
static bool takes_none(const struct es_offer *offer, uint16_t type)
{
    const struct es_ike_transform none = {.type = type};
    return !holds_type(offer, type) || holds(offer, &none);
}

static bool agrees(const struct es_offer *a, const struct es_offer *b, uint16_t type)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->transforms[i].type == type && holds(b, &a->transforms[i]))
            return true;
    }
    return takes_none(a, type) && takes_none(b, type);
}

/* The rows of the proposal that begins at row `first`. */
static struct es_offer proposal_at(const struct es_offer *offer, size_t first)
{
    const struct es_ike_transform *rows = offer->transforms;
    size_t count = 1;
    while (first + count < offer->count && rows[first + count].proposal == rows[first].proposal &&
           rows[first + count].transform == rows[first].transform)
        count++;
    return (struct es_offer){rows + first, count};
}

static void add_type(struct es_proposal_difference *out, uint16_t type)
{
    for (size_t i = 0; i < out->count; i++) {
        if (out->types[i] == type)
            return;
    }
    if (out->count < ES_DIFFERENCES_MAX)
        out->types[out->count++] = type;
}

static struct es_proposal_difference difference_of(const struct es_offer *a,
                                                   const struct es_offer *b)
{
    struct es_proposal_difference out = {
        .nearest = {*a, *b}
    };
    for (int side = 0; side < 2; side++) {
        const struct es_offer *rows = side ? b : a;
        for (size_t i = 0; i < rows->count; i++) {
            const struct es_ike_transform *t = &rows->transforms[i];
            const struct es_offer before = {rows->transforms, i};
            if (!is_life(t) && !holds_type(&before, t->type) && !agrees(a, b, t->type))
                add_type(&out, t->type);
        }
    }
    return out;
}

/* The first pair of several equally near ones stays: both sides list what they like best first. */
static bool is_nearer(const struct es_proposal_difference *one,
                      const struct es_proposal_difference *other)
{
    return other->nearest[0].count == 0 || one->count < other->count;
}

static struct es_offer clamped(const struct es_offer *offer)
{
    return (struct es_offer){offer->transforms,
                             offer->count < ROWS_COMPARED ? offer->count : ROWS_COMPARED};
}

struct es_proposal_difference es_proposal_compare(const struct es_offer *one,
                                                  const struct es_offer *other)
{
    const struct es_offer ours = clamped(one);
    const struct es_offer theirs = clamped(other);
    struct es_proposal_difference best = {0};
    for (size_t i = 0; i < ours.count;) {
        const struct es_offer a = proposal_at(&ours, i);
        for (size_t j = 0; j < theirs.count;) {
            const struct es_offer b = proposal_at(&theirs, j);
            const struct es_proposal_difference found = difference_of(&a, &b);
            if (is_nearer(&found, &best))
                best = found;
            j += b.count;
        }
        i += a.count;
    }
    return best;
}

uint32_t es_proposal_lifetime(const struct es_offer *offer)
{
    for (size_t i = 0; i < offer->count; i++) {
        const struct es_ike_transform *t = &offer->transforms[i];
        if (is_life(t) && t->id == ES_IKEV1_LIFE_SECONDS)
            return t->value;
    }
    return 0;
}

/* --- words --- */

/* The short name before a list of transforms that do not say it themselves, and words for people.
 */
static const struct {
    uint16_t type;
    const char *label;
    const char *words;
} type_words[] = {
    {ES_IKE_TRANSFORM_ENCR,                    "ENCR",  "encryption"           },
    {ES_IKE_TRANSFORM_PRF,                     "",      "PRF"                  },
    {ES_IKE_TRANSFORM_INTEG,                   "INTEG", "integrity"            },
    {ES_IKE_TRANSFORM_KE,                      "DH",    "DH group"             },
    {ES_IKE_TRANSFORM_ESN,                     "ESN",   "ESN"                  },
    {ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_ENCR,  "ENCR",  "encryption"           },
    {ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_HASH,  "HASH",  "hash"                 },
    {ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_AUTH,  "",      "authentication method"},
    {ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_GROUP, "DH",    "DH group"             },
};

static const char *label_of(uint16_t type)
{
    for (size_t i = 0; i < ES_COUNT(type_words); i++) {
        if (type_words[i].type == type)
            return type_words[i].label;
    }
    return es_ike_transform_type_name(type);
}

static const char *words_of(uint16_t type)
{
    for (size_t i = 0; i < ES_COUNT(type_words); i++) {
        if (type_words[i].type == type)
            return type_words[i].words;
    }
    return es_ike_transform_type_name(type);
}

/* The transforms of one type, each once: "ENCR AES_CBC-256/AES_CBC-128". */
static void add_list(struct es_text *text, const struct es_offer *offer, size_t first)
{
    const uint16_t type = offer->transforms[first].type;
    const char *label = label_of(type);
    es_text_addf(text, "%s%s", label, *label ? " " : "");
    for (size_t i = first; i < offer->count; i++) {
        const struct es_ike_transform *t = &offer->transforms[i];
        const struct es_offer before = {offer->transforms, i};
        if (t->type != type || is_life(t) || holds(&before, t))
            continue;
        es_text_add(text, i == first ? "" : "/");
        es_text_add_transform(text, t);
    }
}

const char *es_proposal_say(struct es_diagnosis *d, const struct es_offer *offer)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add(&text, "{");
    for (size_t i = 0; i < offer->count; i++) {
        const struct es_ike_transform *t = &offer->transforms[i];
        const struct es_offer before = {offer->transforms, i};
        if (is_life(t) || holds_type(&before, t->type)) /* a lifetime does not decide */
            continue;
        es_text_add(&text, text.length > 1 ? ", " : "");
        add_list(&text, offer, i);
    }
    es_text_add(&text, "}");
    const char *said = es_say(d, "%s", es_text_chars(&text));
    es_text_fini(&text);
    return said;
}

/* The same cipher on both sides, and only its key length differs. */
static bool is_key_length(const struct es_proposal_difference *difference, uint16_t type)
{
    const struct es_offer *a = &difference->nearest[0];
    const struct es_offer *b = &difference->nearest[1];
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; a->transforms[i].type == type && j < b->count; j++) {
            if (b->transforms[j].type == type && b->transforms[j].id == a->transforms[i].id)
                return true;
        }
    }
    return false;
}

const char *es_proposal_say_difference(struct es_diagnosis *d,
                                       const struct es_proposal_difference *difference)
{
    const char *list = "";
    for (size_t i = 0; i < difference->count; i++) {
        const uint16_t type = difference->types[i];
        const char *words = is_key_length(difference, type) ? "key length" : words_of(type);
        const char *between = i == 0 ? "" : i + 1 == difference->count ? " and " : ", ";
        list = es_say(d, "%s%sthe %s", list, between, words);
    }
    if (difference->count == 0)
        return "nothing differs";
    return difference->count == 1 ? es_say(d, "only %s differs", list)
                                  : es_say(d, "%s differ", list);
}

/* --- mistakes --- */

static bool is_combined_mode(const struct es_ike_transform *t)
{
    if (t->type != ES_IKE_TRANSFORM_ENCR)
        return false;
    return (t->id >= ES_IKE_ENCR_AES_CCM_8 && t->id <= ES_IKE_ENCR_AES_CCM_16) ||
           (t->id >= ES_IKE_ENCR_AES_GCM_8 && t->id <= ES_IKE_ENCR_AES_GCM_16) ||
           t->id == ES_IKE_ENCR_CHACHA20_POLY1305;
}

/* Ciphers whose key length must be said. RFC 7296, 3.3.5; RFC 3602, 5.2. */
static bool lacks_key_length(const struct es_ike_transform *t)
{
    if (t->key_length)
        return false;
    if (t->type == ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_ENCR)
        return t->id == ES_IKEV1_ENCR_AES_CBC;
    return t->type == ES_IKE_TRANSFORM_ENCR &&
           (t->id == ES_IKE_ENCR_AES_CBC || t->id == ES_IKE_ENCR_AES_CTR ||
            (is_combined_mode(t) && t->id != ES_IKE_ENCR_CHACHA20_POLY1305));
}

/* What is wrong with one proposal. */
struct pitfalls {
    bool integrity, key_length, long_list;
    size_t proposals;
};

static void look_at(struct pitfalls *found, const struct es_offer *proposal)
{
    bool combined = false;
    bool integrity = false;
    for (size_t i = 0; i < proposal->count; i++) {
        const struct es_ike_transform *t = &proposal->transforms[i];
        combined = combined || is_combined_mode(t);
        integrity = integrity || (t->type == ES_IKE_TRANSFORM_INTEG && t->id != 0);
        found->key_length = found->key_length || lacks_key_length(t);
    }
    found->integrity = found->integrity || (combined && integrity);
    found->long_list = found->long_list || proposal->count > TRANSFORMS_USUAL;
    found->proposals++;
}

void es_proposal_check_pitfalls(struct es_diagnosis *d, struct es_finding *f,
                                const struct es_offer *offer, const char *who)
{
    struct pitfalls found = {0};
    for (size_t i = 0; i < offer->count;) {
        const struct es_offer one = proposal_at(offer, i);
        look_at(&found, &one);
        i += one.count;
    }
    if (found.integrity)
        es_finding_check(d, f,
                         "%s offers a combined-mode cipher (GCM, CCM, ChaCha20) together with an "
                         "integrity algorithm in one proposal, which RFC 7296, 3.3 forbids: put "
                         "them into proposals of their own",
                         who);
    if (found.key_length)
        es_finding_check(d, f,
                         "%s offers AES without a key length, which RFC 7296, 3.3.5 forbids: "
                         "configure 128 or 256 bits",
                         who);
    if (found.proposals > PROPOSALS_USUAL || found.long_list)
        es_finding_check(d, f,
                         "%s offers %zu proposals%s: some responders look at the first %d "
                         "proposals and %d transforms only; offer fewer",
                         who, found.proposals, found.long_list ? " with long lists" : "",
                         PROPOSALS_USUAL, TRANSFORMS_USUAL);
}
