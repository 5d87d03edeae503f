/*
 * Chapter: negotiation. Refused proposals, refused authentication.
 */
#include "catalogue.h"
#include "judgement.h"

#include <inttypes.h>
#include <string.h>

static bool refuses_proposal(const struct es_ike_sa *sa)
{
    if (sa->state != ES_IKE_SA_FAILED)
        return false;
    return sa->error == (sa->major == 1 ? (uint16_t)ES_IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN
                                        : (uint16_t)ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN);
}

static bool same_transform(const struct es_ike_transform *a, const struct es_ike_transform *b)
{
    return a->type == b->type && a->id == b->id && a->key_length == b->key_length;
}

static bool offer_has(const struct es_offer *offer, const struct es_ike_transform *transform)
{
    for (size_t i = 0; i < offer->count; i++) {
        if (same_transform(&offer->transforms[i], transform))
            return true;
    }
    return false;
}

/* Each transform of an offer once, by type: "ENCR AES_CBC-256; PRF …". */
static const char *say_offer(struct es_diagnosis *d, const struct es_offer *offer)
{
    struct es_text text;
    es_text_init(&text);
    for (size_t i = 0; i < offer->count; i++) {
        const struct es_ike_transform *t = &offer->transforms[i];
        const struct es_offer before = {offer->transforms, i};
        if (t->value || offer_has(&before, t)) /* a lifetime does not decide */
            continue;
        es_text_add(&text, text.length ? ", " : "");
        es_text_add_transform(&text, t);
    }
    const char *said = es_say(d, "%s", es_text_chars(&text));
    es_text_fini(&text);
    return said;
}

static bool type_has_common(const struct es_offer *a, const struct es_offer *b, uint16_t type)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->transforms[i].type == type && offer_has(b, &a->transforms[i]))
            return true;
    }
    return false;
}

static bool type_in(const struct es_offer *offer, uint16_t type, size_t before)
{
    for (size_t i = 0; i < before; i++) {
        if (offer->transforms[i].type == type)
            return true;
    }
    return false;
}

/* Types that both offer and in which they have nothing in common: "KE, PRF"; NULL when none. */
static const char *say_difference(struct es_diagnosis *d, const struct es_offer *a,
                                  const struct es_offer *b)
{
    const char *list = NULL;
    for (size_t i = 0; i < a->count; i++) {
        const uint16_t type = a->transforms[i].type;
        if (a->transforms[i].value || type_in(a, type, i) || !type_in(b, type, b->count) ||
            type_has_common(a, b, type))
            continue;
        const char *name = es_ike_transform_type_name(type);
        list = list ? es_say(d, "%s, %s", list, name) : es_say(d, "%s", name);
    }
    return list;
}

/* What the refusing peer itself offers or chose in another negotiation of this tunnel. */
static const struct es_offer *others_taste(const struct es_tunnel *tunnel, uint8_t refuser)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (sa->initiator == refuser && sa->offered.count)
            return &sa->offered;
        if (sa->initiator != refuser && sa->chosen.count)
            return &sa->chosen;
    }
    return NULL;
}

static void compare_offers(struct es_diagnosis *d, struct es_finding *f,
                           const struct es_tunnel *tunnel, const struct es_ike_sa *sa)
{
    const uint8_t refuser = sa->error_side;
    const struct es_offer *taste = others_taste(tunnel, refuser);
    if (!taste)
        return;
    const char *difference = say_difference(d, &sa->offered, taste);
    es_finding_check(d, f, "%s itself uses: %s%s%s", es_who(d, tunnel, refuser),
                     say_offer(d, taste), difference ? ". Nothing in common in: " : "",
                     difference ? difference : "");
}

static void proposal_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                              const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *first[2] = {NULL, NULL};
    const struct es_ike_sa *last[2] = {NULL, NULL};
    uint64_t count[2] = {0, 0};
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (!refuses_proposal(sa))
            continue;
        if (!first[sa->error_side])
            first[sa->error_side] = sa;
        last[sa->error_side] = sa;
        count[sa->error_side]++;
    }
    for (uint8_t side = 0; side < 2; side++) {
        struct es_finding *f = first[side] ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        const struct es_ike_sa *sa = last[side];
        const bool came_up = es_established_after(tunnel, sa->error_ref.time);
        f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
        f->ike_sa = sa;
        f->summary =
            es_say(d, "%s refused every proposal that %s made for the %s%s. Offered: %s",
                   es_who(d, tunnel, side), es_who(d, tunnel, 1 - side), es_word_ike_sa(tunnel),
                   came_up ? " (a later attempt succeeded)" : "", say_offer(d, &sa->offered));
        es_finding_peer(f, side);
        es_finding_span(f, &first[side]->first, &sa->error_ref, count[side]);
        es_finding_evidence(d, f, &sa->first, "the offer of %s", es_who(d, tunnel, 1 - side));
        es_finding_evidence(d, f, &first[side]->error_ref, "NO_PROPOSAL_CHOSEN from %s",
                            es_who(d, tunnel, side));
        if (sa != first[side])
            es_finding_evidence(d, f, &sa->error_ref, "the last refusal");
        compare_offers(d, f, tunnel, sa);
        f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
    }
}

/* With keys the notify is read; in IKEv1 it may be in clear. Without, IKEv2's length tells. */
static bool refuses_authentication(const struct es_ike_sa *sa)
{
    if (sa->state != ES_IKE_SA_FAILED)
        return false;
    if (sa->major == 1)
        return sa->error == ES_IKEV1_NOTIFY_AUTHENTICATION_FAILED;
    return sa->error == 0 || sa->error == ES_IKE_NOTIFY_AUTHENTICATION_FAILED;
}

static void judge_refusal(struct es_diagnosis *d, struct es_finding *f, const struct es_ike_sa *sa)
{
    if (sa->error == 0) {
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->provenance = ES_PROVENANCE_INFERRED;
        f->reason = "the encrypted answer has room for an error notify only; a wrong pre-shared "
                    "key, a wrong identity and a refused certificate look the same without keys";
        return;
    }
    f->provenance = sa->major == 1 ? ES_PROVENANCE_OBSERVED : ES_PROVENANCE_DECRYPTED;
    f->reason = "the answer says AUTHENTICATION_FAILED; the reason is in the log of the peer that "
                "sent it only";
    for (uint8_t side = 0; side < 2; side++) {
        if (sa->identities[side])
            es_finding_check(d, f, "%s identifies itself as %s: does the other side expect that?",
                             es_who(d, sa->tunnel, side), sa->identities[side]);
    }
}

static void auth_failed(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_ike_sas failed = es_ike_sas_that(tunnel, refuses_authentication);
    struct es_finding *f = failed.count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_ike_sa *last = failed.last;
    const uint8_t side = last->error_side;
    f->severity =
        es_established_after(tunnel, last->error_ref.time) ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = last;
    judge_refusal(d, f, last);
    f->summary = es_say(d, "%s refused the authentication of %s%s: the %s did not come up",
                        es_who(d, tunnel, side), es_who(d, tunnel, 1 - side),
                        last->error ? "" : " with a lone error", es_word_ike_sa(tunnel));
    es_finding_peer(f, side);
    es_finding_span(f, &failed.first->error_ref, &last->error_ref, failed.count);
    es_finding_evidence(d, f, &failed.first->error_ref,
                        last->error ? "AUTHENTICATION_FAILED"
                                    : "IKE_AUTH response as short as a lone notify");
    if (last != failed.first)
        es_finding_evidence(d, f, &last->error_ref, "the last such response");
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, last->initiator_spi);
}

/* Main Mode's fifth message, encrypted with what the pre-shared key went into, is never answered.
 */
static const struct es_exchange *stuck_main_mode(const struct es_diagnosis *d,
                                                 const struct es_ike_sa *sa)
{
    if (sa->major != 1 || sa->mode != ES_IKE_EXCHANGE_IDENTITY_PROTECTION || sa->error != 0 ||
        (sa->state != ES_IKE_SA_NEGOTIATING && sa->state != ES_IKE_SA_FAILED))
        return NULL;
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_IDENTITY_PROTECTION && e->messages >= 5 &&
            !e->answered && e->retransmissions + 1 >= es_limit(d, ES_LIMIT_UNANSWERED_TRIES) &&
            d->now - e->request.time >= es_limit_ns(d, ES_LIMIT_PATIENCE))
            return e;
    }
    return NULL;
}

static void psk_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const struct es_exchange *e = stuck_main_mode(d, sa);
        struct es_finding *f = e ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        f->ike_sa = sa;
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->provenance = ES_PROVENANCE_INFERRED;
        f->reason = "Main Mode stops where the pre-shared key is first used; a responder that "
                    "drops the message for another reason looks the same";
        f->summary = es_say(
            d, "%s sent the fifth message of Main Mode %s, and %s never sent the sixth",
            es_who(d, tunnel, e->side), es_say_count(d, e->retransmissions + 1, "time", "times"),
            es_who(d, tunnel, 1 - e->side));
        es_finding_peer(f, 1 - e->side);
        es_finding_span(f, &e->request, &e->last_request, e->retransmissions + 1);
        es_finding_evidence(d, f, &e->request, "fifth message of Main Mode, encrypted");
        es_finding_evidence(d, f, &e->last_request, "the same again, still unanswered");
        return;
    }
}

static const struct es_rule rule_ike_proposal_mismatch = {
    .id = "ike-proposal-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "no common proposal",
    .explanation =
        "The responder found none of the offered combinations of algorithms acceptable and said "
        "so in clear. The initiator's log seldom says more than that; the responder's log has "
        "the list it would accept.",
    .causes = ES_SENTENCES("encryption, integrity, PRF or Diffie-Hellman group differ",
                           "the key length is missing or differs",
                           "no connection at the responder matches this peer's address, and its "
                           "default refuses everything",
                           "IKEv1: the authentication method differs"),
    .checks = ES_SENTENCES("at the responder: the log entry of that second lists offered and "
                           "configured proposals",
                           "compare the offer above with the responder's configuration, one "
                           "algorithm after the other",
                           "at the responder: is this peer's address in the right connection?"),
    .reference = "RFC 7296, 2.7 and 3.3; RFC 2409, 5",
    .on_tunnel = proposal_mismatch,
};

static const struct es_rule rule_auth_failed = {
    .id = "auth-failed",
    .severity = ES_SEVERITY_ERROR,
    .title = "authentication was refused",
    .explanation = "The answer to IKE_AUTH is too short for anything but an error notify, and the "
                   "IKE SA is not used any further.",
    .causes = ES_SENTENCES("the pre-shared keys differ",
                           "an identity is not the one that the other side expects; it then "
                           "looks for a key that it does not have",
                           "a certificate is not trusted, expired, or has another name",
                           "EAP is required"),
    .checks = ES_SENTENCES("at the refusing peer: its log names the reason and the identities it "
                           "saw",
                           "compare local and remote identity of both sides: they must mirror "
                           "each other",
                           "enter the pre-shared key anew on both sides"),
    .reference = "RFC 7296, 2.15 and 2.21.2",
    .on_tunnel = auth_failed,
};

static const struct es_rule rule_ikev1_psk_mismatch = {
    .id = "ikev1-psk-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "phase 1 stops at authentication",
    .explanation =
        "In Main Mode the fifth message is the first that is encrypted with a key made from the "
        "pre-shared key. When the keys differ the responder cannot read it and goes no further.",
    .causes = ES_SENTENCES("the pre-shared keys differ",
                           "the responder looks the key up for another identity or address",
                           "a device on the way drops the encrypted message"),
    .checks = ES_SENTENCES("at the responder: does its log complain of a malformed or "
                           "undecryptable message in that second?",
                           "enter the pre-shared key anew on both sides",
                           "at the responder: which connection and key does it pick for this "
                           "peer's address?"),
    .reference = "RFC 2409, 5.4",
    .on_tunnel = psk_mismatch,
};

static const struct es_rule *const rules[] = {&rule_ike_proposal_mismatch, &rule_auth_failed,
                                              &rule_ikev1_psk_mismatch};

const struct es_chapter es_chapter_negotiation = {rules, ES_COUNT(rules)};
