/*
 * Chapter: posture. What a security policy would care for; never a fault, and never mixed with
 * faults. RFC 8247 and RFC 8221 grade the algorithms.
 */
#include "catalogue.h"
#include "judgement.h"

#include <inttypes.h>
#include <string.h>

/* --- weak algorithms --- */

enum grade { MUST_NOT, SHOULD_NOT, OLD };

struct weak {
    uint16_t type, id;
    enum grade grade;
};

#define KE(id, grade)                                                                              \
    {ES_IKE_TRANSFORM_KE, id, grade},                                                              \
    {                                                                                              \
        ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_GROUP, id, grade                                        \
    }

/* RFC 8247, 2; for IKEv1's numbers the same algorithms. OLD: "MAY", or "MUST-", on its way out. */
static const struct weak weak_ike[] = {
    {ES_IKE_TRANSFORM_ENCR,                   ES_IKE_ENCR_DES,           MUST_NOT},
    {ES_IKE_TRANSFORM_ENCR,                   ES_IKE_ENCR_3DES,          OLD     },
    {ES_IKE_TRANSFORM_ENCR,                   ES_IKE_ENCR_NULL,          MUST_NOT},
    {ES_IKE_TRANSFORM_PRF,                    ES_IKE_PRF_HMAC_MD5,       MUST_NOT},
    {ES_IKE_TRANSFORM_PRF,                    ES_IKE_PRF_HMAC_SHA1,      OLD     },
    {ES_IKE_TRANSFORM_INTEG,                  ES_IKE_INTEG_HMAC_MD5_96,  MUST_NOT},
    {ES_IKE_TRANSFORM_INTEG,                  ES_IKE_INTEG_HMAC_SHA1_96, OLD     },
    KE(ES_IKE_KE_METHOD_MODP_768, MUST_NOT),
    KE(ES_IKE_KE_METHOD_MODP_1024_160, MUST_NOT),
    KE(ES_IKE_KE_METHOD_MODP_1024, SHOULD_NOT),
    KE(ES_IKE_KE_METHOD_MODP_1536, SHOULD_NOT),
    KE(ES_IKE_KE_METHOD_MODP_2048_224, SHOULD_NOT),
    KE(ES_IKE_KE_METHOD_MODP_2048_256, SHOULD_NOT),
    {ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_ENCR, ES_IKEV1_ENCR_DES_CBC,     MUST_NOT},
    {ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_ENCR, ES_IKEV1_ENCR_3DES_CBC,    OLD     },
    {ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_HASH, ES_IKEV1_HASH_MD5,         MUST_NOT},
    {ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_HASH, ES_IKEV1_HASH_SHA1,        OLD     },
};
#undef KE

/* RFC 8221, 5 and 6. */
static const struct weak weak_esp[] = {
    {ES_IKE_TRANSFORM_ENCR,  ES_IKE_ENCR_DES,           MUST_NOT  },
    {ES_IKE_TRANSFORM_ENCR,  ES_IKE_ENCR_3DES,          SHOULD_NOT},
    {ES_IKE_TRANSFORM_ENCR,  ES_IKE_ENCR_BLOWFISH,      MUST_NOT  },
    {ES_IKE_TRANSFORM_INTEG, ES_IKE_INTEG_HMAC_MD5_96,  MUST_NOT  },
    {ES_IKE_TRANSFORM_INTEG, ES_IKE_INTEG_HMAC_SHA1_96, OLD       },
};

static const struct weak *grade_of(const struct weak *list, size_t count,
                                   const struct es_ike_transform *transform)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].type == transform->type && list[i].id == transform->id)
            return &list[i];
    }
    return NULL;
}

/* "3DES (old), MODP-1024 (should not be used)"; "" when all are good. */
static const char *say_weak(struct es_diagnosis *d, const struct weak *list, size_t count,
                            const struct es_offer *chosen)
{
    static const char *const grades[] = {"must not be used", "should not be used", "old"};
    struct es_text text;
    es_text_init(&text);
    for (size_t i = 0; i < chosen->count; i++) {
        const struct weak *weak = grade_of(list, count, &chosen->transforms[i]);
        if (!weak)
            continue;
        es_text_add(&text, text.length ? ", " : "");
        es_text_add_transform(&text, &chosen->transforms[i]);
        es_text_addf(&text, " (%s)", grades[weak->grade]);
    }
    const char *said = es_say(d, "%s", es_text_chars(&text));
    es_text_fini(&text);
    return said;
}

const char *es_policy_remark(const struct es_ike_transform *transform, bool esp)
{
    static const char *const remarks[2][OLD + 1] = {
        {"must not be used (RFC 8247)", "should not be used (RFC 8247)", "old (RFC 8247)"},
        {"must not be used (RFC 8221)", "should not be used (RFC 8221)", "old (RFC 8221)"},
    };
    const struct weak *weak = esp ? grade_of(weak_esp, ES_COUNT(weak_esp), transform)
                                  : grade_of(weak_ike, ES_COUNT(weak_ike), transform);
    return weak ? remarks[esp][weak->grade] : NULL;
}

static struct es_finding *add_posture(const struct es_rule *rule, struct es_diagnosis *d,
                                      const struct es_tunnel *tunnel, const struct es_ike_sa *sa,
                                      const struct es_packet_ref *ref, const char *what)
{
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return NULL;
    f->ike_sa = sa;
    es_finding_span(f, ref, ref, 1);
    es_finding_evidence(d, f, ref, "%s", what);
    return f;
}

static void weak_ike_crypto(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const char *weak = say_weak(d, weak_ike, ES_COUNT(weak_ike), &sa->chosen);
        if (!*weak)
            continue;
        struct es_finding *f =
            add_posture(rule, d, tunnel, sa, &sa->first, "the negotiation begins");
        if (f)
            f->summary = es_say(d, "the %s uses %s", es_word_ike_sa(tunnel), weak);
        return;
    }
}

static void weak_esp_crypto(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel)
{
    int looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        const char *weak = say_weak(d, weak_esp, ES_COUNT(weak_esp), &c->chosen);
        if (!*weak || c->withdrawn)
            continue;
        struct es_finding *f =
            add_posture(rule, d, tunnel, c->ike_sa, &c->created.ref, "the negotiation");
        if (!f)
            return;
        f->child = c;
        f->provenance = ES_PROVENANCE_DECRYPTED;
        f->summary = es_say(d, "the %s uses %s", es_word_child_sa(tunnel), weak);
        return;
    }
}

/* --- versions and authentication --- */

static bool is_ikev1(const struct es_ike_sa *sa)
{
    return sa->major == 1;
}

static void ikev1_deprecated(const struct es_rule *rule, struct es_diagnosis *d,
                             const struct es_tunnel *tunnel)
{
    const struct es_ike_sas found = es_ike_sas_that(tunnel, is_ikev1);
    if (!found.count)
        return;
    struct es_finding *f =
        add_posture(rule, d, tunnel, found.first, &found.first->first, "an IKEv1 message");
    if (f)
        f->summary = "the peers speak IKEv1, which is deprecated since 2023";
}

static bool is_aggressive_psk(const struct es_ike_sa *sa)
{
    return sa->major == 1 && sa->mode == ES_IKE_EXCHANGE_AGGRESSIVE &&
           (sa->suite.auth == ES_IKEV1_AUTH_PSK || sa->suite.auth == ES_IKEV1_AUTH_XAUTH_INIT_PSK ||
            sa->suite.auth == ES_IKEV1_AUTH_XAUTH_RESP_PSK);
}

static void aggressive_psk(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    const struct es_ike_sas found = es_ike_sas_that(tunnel, is_aggressive_psk);
    if (!found.count)
        return;
    struct es_finding *f = add_posture(rule, d, tunnel, found.first, &found.first->first,
                                       "Aggressive Mode with a pre-shared key");
    if (f)
        f->summary = "Aggressive Mode with a pre-shared key: its hash and the identities are in "
                     "clear, so the key can be guessed offline";
}

static bool is_null_authenticated(const struct es_ike_sa *sa)
{
    return sa->auth_methods[0] == ES_IKE_AUTH_METHOD_NULL ||
           sa->auth_methods[1] == ES_IKE_AUTH_METHOD_NULL;
}

static void null_auth(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    const struct es_ike_sas found = es_ike_sas_that(tunnel, is_null_authenticated);
    if (!found.count)
        return;
    const struct es_ike_sa *sa = found.first;
    const uint8_t side = sa->auth_methods[0] == ES_IKE_AUTH_METHOD_NULL ? 0 : 1;
    struct es_finding *f = add_posture(rule, d, tunnel, sa, &sa->first, "the negotiation begins");
    if (!f)
        return;
    f->provenance = ES_PROVENANCE_DECRYPTED;
    f->summary =
        es_say(d, "%s does not authenticate itself (NULL authentication)", es_who(d, tunnel, side));
}

/* --- keys --- */

static void no_pfs(const struct es_rule *rule, struct es_diagnosis *d,
                   const struct es_tunnel *tunnel)
{
    int looked_at = 0;
    uint64_t without = 0;
    const struct es_child_sa *newest = NULL;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        if (c->withdrawn || c->pfs != ES_IKE_PFS_NO)
            continue;
        newest = newest ? newest : c;
        without++;
    }
    if (!newest)
        return;
    struct es_finding *f = add_posture(rule, d, tunnel, newest->ike_sa, &newest->created.ref,
                                       "a negotiation without a key exchange");
    if (!f)
        return;
    f->child = newest;
    f->count = without;
    f->provenance = newest->created.provenance;
    f->confidence =
        f->provenance == ES_PROVENANCE_DECRYPTED ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY;
    f->reason = f->provenance == ES_PROVENANCE_DECRYPTED
                    ? "read with keys"
                    : "the response is too short for a key exchange of the IKE SA's group";
    f->summary = es_say(d, "%s negotiated without a key exchange of its own",
                        es_say_count(d, without, "SA for traffic was", "SAs for traffic were"));
}

/* RFC 7296, 2.10: at least 128 bits, and half the key size of the PRF. */
static uint16_t least_nonce(const struct es_ike_sa *sa)
{
    const uint8_t prf = sa->major == 2 ? es_prf_length(sa->suite.prf) : 0;
    const uint16_t half = prf / 2;
    return half > 16 ? half : sa->major == 2 ? 16 : 8;
}

static void short_nonce(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        for (uint8_t side = 0; side < 2; side++) {
            const uint16_t length = sa->nonce_lengths[side];
            if (length == 0 || length >= least_nonce(sa))
                continue;
            struct es_finding *f =
                add_posture(rule, d, tunnel, sa, &sa->first, "the negotiation begins");
            if (f)
                f->summary = es_say(d, "the nonce of %s has %u bytes; it should have %u or more",
                                    es_who(d, tunnel, side), length, least_nonce(sa));
            return;
        }
    }
}

enum { REUSE_LOOKED_AT = 16 };

/* An older IKE SA in which `side` used the same value; the prints are what `at` picks. */
static const struct es_ike_sa *find_reuse(const struct es_ike_sa *sa, uint8_t side, bool nonce)
{
    const uint64_t print = nonce ? sa->nonce_prints[side] : sa->ke_prints[side];
    int looked_at = 0;
    for (const struct es_ike_sa *old = sa->older_in_tunnel;
         print && old && looked_at < REUSE_LOOKED_AT; old = old->older_in_tunnel, looked_at++) {
        if ((nonce ? old->nonce_prints[side] : old->ke_prints[side]) == print)
            return old;
    }
    return NULL;
}

static void add_reuse(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel, bool nonce)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        for (uint8_t side = 0; side < 2; side++) {
            const struct es_ike_sa *old = find_reuse(sa, side, nonce);
            struct es_finding *f =
                old ? add_posture(rule, d, tunnel, sa, &sa->first, "the later negotiation") : NULL;
            if (!f)
                continue;
            es_finding_evidence(d, f, &old->first, "the earlier one");
            f->summary = es_say(d, "%s used the same %s in two negotiations",
                                es_who(d, tunnel, side), nonce ? "nonce" : "key exchange value");
            return;
        }
    }
}

static void nonce_reuse(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    add_reuse(rule, d, tunnel, true);
}

static void ke_reuse(const struct es_rule *rule, struct es_diagnosis *d,
                     const struct es_tunnel *tunnel)
{
    add_reuse(rule, d, tunnel, false);
}

/* --- offers and products --- */

static size_t count_proposals(const struct es_offer *offer)
{
    size_t count = 0;
    for (size_t i = 0; i < offer->count; i++)
        count += i == 0 || offer->transforms[i].proposal != offer->transforms[i - 1].proposal;
    return count;
}

static void oversized_offer(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const size_t proposals = count_proposals(&sa->offered);
        if (sa->offered.count <= es_limit(d, ES_LIMIT_OFFER_TRANSFORMS) &&
            proposals <= es_limit(d, ES_LIMIT_OFFER_PROPOSALS))
            continue;
        struct es_finding *f = add_posture(rule, d, tunnel, sa, &sa->first, "the offer");
        if (f)
            f->summary =
                es_say(d, "%s offers %zu transforms in %s", es_who(d, tunnel, sa->initiator),
                       sa->offered.count, es_say_count(d, proposals, "proposal", "proposals"));
        return;
    }
}

static void fingerprint(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_peer *peers = tunnel->peers;
    if (!tunnel->ike_sas || (!peers[0].vendor && !peers[1].vendor))
        return;
    struct es_finding *f = add_posture(rule, d, tunnel, tunnel->ike_sas, &tunnel->ike_sas->first,
                                       "vendor IDs from here on");
    if (!f)
        return;
    if (peers[0].vendor && peers[1].vendor)
        f->summary = es_say(d, "vendor IDs give away %s at %s and %s at %s", peers[0].vendor,
                            es_who(d, tunnel, 0), peers[1].vendor, es_who(d, tunnel, 1));
    else
        f->summary = es_say(d, "a vendor ID gives away %s at %s",
                            peers[0].vendor ? peers[0].vendor : peers[1].vendor,
                            es_who(d, tunnel, peers[0].vendor ? 0 : 1));
}

/* --- the entries --- */

static const struct es_rule rule_ikev1_deprecated = {
    .id = "ikev1-deprecated",
    .severity = ES_SEVERITY_NOTE,
    .title = "IKEv1 is in use",
    .explanation = "IKEv1 was moved to historic status: it gets no new algorithms, and its "
                   "implementations are no longer maintained everywhere.",
    .causes = ES_SENTENCES("an old configuration, or a peer that speaks nothing else"),
    .checks = ES_SENTENCES("move both peers to IKEv2"),
    .reference = "RFC 9395",
    .category = ES_CATEGORY_POSTURE,
    .on_tunnel = ikev1_deprecated,
};

static const struct es_rule rule_ikev1_aggressive_psk = {
    .id = "ikev1-aggressive-psk",
    .severity = ES_SEVERITY_NOTE,
    .title = "Aggressive Mode with a pre-shared key",
    .explanation = "In Aggressive Mode the responder sends a hash made with the pre-shared key in "
                   "clear. Whoever has the capture can try keys against it.",
    .causes = ES_SENTENCES("a dynamic address of one peer with IKEv1 and a pre-shared key"),
    .checks = ES_SENTENCES("IKEv2, or certificates, or at least a long random key"),
    .reference = "RFC 2409, 5.4",
    .category = ES_CATEGORY_POSTURE,
    .on_tunnel = aggressive_psk,
};

static const struct es_rule rule_weak_ike_crypto = {
    .id = "weak-ike-crypto",
    .severity = ES_SEVERITY_NOTE,
    .title = "weak algorithms for the IKE SA",
    .explanation = "The chosen algorithms are ones that the requirements for IKEv2 forbid, advise "
                   "against, or are about to.",
    .causes = ES_SENTENCES("an old proposal that was kept for an old peer", "the peer's default"),
    .checks = ES_SENTENCES("offer AES-GCM or AES-CBC with SHA-2, and a group from 14 or 19 on"),
    .reference = "RFC 8247, 2",
    .category = ES_CATEGORY_POSTURE,
    .on_tunnel = weak_ike_crypto,
};

static const struct es_rule rule_weak_esp_crypto = {
    .id = "weak-esp-crypto",
    .severity = ES_SEVERITY_NOTE,
    .title = "weak algorithms for ESP",
    .explanation = "The chosen algorithms are ones that the requirements for ESP forbid, advise "
                   "against, or are about to.",
    .causes = ES_SENTENCES("an old proposal that was kept for an old peer"),
    .checks = ES_SENTENCES("offer AES-GCM, or AES-CBC with SHA-2"),
    .reference = "RFC 8221, 5 and 6",
    .category = ES_CATEGORY_POSTURE,
    .on_tunnel = weak_esp_crypto,
};

static const struct es_rule rule_null_auth = {
    .id = "null-auth",
    .severity = ES_SEVERITY_NOTE,
    .title = "a peer does not authenticate itself",
    .explanation = "NULL authentication protects against listeners only: whoever answers at that "
                   "address is accepted.",
    .causes = ES_SENTENCES("opportunistic encryption, by choice"),
    .checks = ES_SENTENCES("is this wanted for this peer?"),
    .reference = "RFC 7619",
    .category = ES_CATEGORY_POSTURE,
    .on_tunnel = null_auth,
};

static const struct es_rule rule_no_pfs = {
    .id = "no-pfs",
    .severity = ES_SEVERITY_NOTE,
    .title = "rekeys without a key exchange",
    .explanation = "Keys of SAs for traffic come from those of the IKE SA alone. Who learns the "
                   "IKE SA's keys later reads all of that traffic.",
    .causes = ES_SENTENCES("no group in the phase 2 or Child SA proposal"),
    .checks = ES_SENTENCES("add a group to the ESP proposals of both peers, the same on both"),
    .reference = "RFC 7296, 1.3.1 and 2.12",
    .category = ES_CATEGORY_POSTURE,
    .on_tunnel = no_pfs,
};

static const struct es_rule rule_short_nonce = {
    .id = "short-nonce",
    .severity = ES_SEVERITY_NOTE,
    .title = "a nonce is too short",
    .explanation =
        "Nonces have to be at least half as long as the key of the PRF, and at least 16 bytes.",
    .causes = ES_SENTENCES("a defective or very old implementation"),
    .checks = ES_SENTENCES("update that peer"),
    .reference = "RFC 7296, 2.10",
    .category = ES_CATEGORY_POSTURE,
    .on_tunnel = short_nonce,
};

static const struct es_rule rule_nonce_reuse = {
    .id = "nonce-reuse",
    .severity = ES_SEVERITY_NOTE,
    .title = "the same nonce twice",
    .explanation = "A nonce that comes again means that the peer's random numbers repeat: its keys "
                   "may repeat too.",
    .causes = ES_SENTENCES("a virtual machine restored from a snapshot",
                           "a device without a source of randomness at boot"),
    .checks = ES_SENTENCES("the peer's source of random numbers"),
    .reference = "RFC 7296, 2.10",
    .category = ES_CATEGORY_POSTURE,
    .on_tunnel = nonce_reuse,
};

static const struct es_rule rule_ke_reuse = {
    .id = "ke-reuse",
    .severity = ES_SEVERITY_NOTE,
    .title = "the same key exchange value twice",
    .explanation = "A peer may use its Diffie-Hellman value again for a while, but then it must "
                   "check what the other side sends.",
    .causes = ES_SENTENCES("a gateway that saves work under load"),
    .checks = ES_SENTENCES("is the reuse configured, and for how long?"),
    .reference = "RFC 7296, 2.12; RFC 6989",
    .category = ES_CATEGORY_POSTURE,
    .on_tunnel = ke_reuse,
};

static const struct es_rule rule_oversized_offer = {
    .id = "oversized-offer",
    .severity = ES_SEVERITY_NOTE,
    .title = "a very long offer",
    .explanation = "The offer holds more combinations than some responders look at, and makes the "
                   "first message large enough to be fragmented.",
    .causes = ES_SENTENCES("a default proposal that lists everything"),
    .checks = ES_SENTENCES("offer what both sides should use, and no more"),
    .reference = "RFC 7296, 2.7 and 3.3",
    .category = ES_CATEGORY_POSTURE,
    .on_tunnel = oversized_offer,
};

static const struct es_rule rule_vid_fingerprint = {
    .id = "vid-fingerprint",
    .severity = ES_SEVERITY_NOTE,
    .title = "vendor IDs give a product away",
    .explanation = "What a peer is made by can be read by anyone on the path from its vendor IDs.",
    .causes = ES_SENTENCES("the default of most products"),
    .checks = ES_SENTENCES("can the peer leave them out (strongSwan: send_vendor_id)?"),
    .reference = "RFC 7296, 3.12",
    .category = ES_CATEGORY_POSTURE,
    .on_tunnel = fingerprint,
};

static const struct es_rule *const rules[] = {&rule_ikev1_deprecated, &rule_ikev1_aggressive_psk,
                                              &rule_weak_ike_crypto,  &rule_weak_esp_crypto,
                                              &rule_null_auth,        &rule_no_pfs,
                                              &rule_short_nonce,      &rule_nonce_reuse,
                                              &rule_ke_reuse,         &rule_oversized_offer,
                                              &rule_vid_fingerprint};

const struct es_chapter es_chapter_policy = {rules, ES_COUNT(rules)};
