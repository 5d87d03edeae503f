/*
 * Chapter: negotiation. Refused proposals, groups that do not meet, exchange modes that differ.
 */
#include "catalogue.h"
#include "judgement.h"
#include "proposal.h"
#include "refusal.h"

#include <inttypes.h>

/* Once a proposal was chosen, a later NO_PROPOSAL_CHOSEN is about the Child SA. */
static bool refuses_proposal(const struct es_ike_sa *sa)
{
    if (sa->state != ES_IKE_SA_FAILED || sa->chosen.count)
        return false;
    return sa->error == (sa->major == 1 ? (uint16_t)ES_IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN
                                        : (uint16_t)ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN);
}

/* What a side takes: what it chose from another offer of this tunnel, or offers itself. */
struct taste {
    const struct es_ike_sa *sa; /* where it showed; NULL: nowhere */
    const struct es_offer *offer;
    bool chose;
};

static struct taste taste_of(const struct es_tunnel *tunnel, uint8_t side, uint8_t major)
{
    enum { LOOKED_AT = 64 };
    int looked_at = 0;
    struct taste found = {0};
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa && looked_at < LOOKED_AT;
         sa = sa->older_in_tunnel, looked_at++) {
        if (sa->major != major)
            continue;
        if (sa->initiator == side && sa->offered.count)
            return (struct taste){sa, &sa->offered, false};
        if (sa->initiator != side && sa->chosen.count && !found.sa)
            found = (struct taste){sa, &sa->chosen, true};
    }
    return found;
}

/* Lifetimes do not decide (RFC 2409, 5), but differing ones are worth a look. */
static void compare_lifetimes(struct es_diagnosis *d, struct es_finding *f, const char *who,
                              const struct es_offer *offered, const struct es_offer *taste)
{
    const uint32_t ours = es_proposal_lifetime(offered);
    const uint32_t theirs = es_proposal_lifetime(taste);
    if (ours && theirs && ours != theirs)
        es_finding_check(d, f,
                         "the lifetimes differ too (%u s, and %u s at %s); most responders take "
                         "the shorter one",
                         ours, theirs, who);
}

/* What keeps the offer from what the refuser takes; NULL when that is not known. */
static const char *compare_offers(struct es_diagnosis *d, struct es_finding *f,
                                  const struct es_ike_sa *sa)
{
    const uint8_t refuser = sa->error_side;
    const struct taste taste = taste_of(sa->tunnel, refuser, sa->major);
    if (!taste.sa)
        return NULL;
    const struct es_proposal_difference difference = es_proposal_compare(&sa->offered, taste.offer);
    const char *who = es_who(d, sa->tunnel, refuser);
    const char *verb = taste.chose ? "chose in another attempt" : "itself offers";
    es_finding_check(d, f, "%s %s %s", who, verb, es_proposal_say(d, taste.offer));
    es_finding_evidence(d, f, taste.chose ? &taste.sa->last : &taste.sa->first, "what %s %s", who,
                        verb);
    compare_lifetimes(d, f, who, &sa->offered, taste.offer);
    if (difference.count == 0)
        return es_say(d,
                      "; %s %s what would match: the reason is another one, such as no "
                      "connection for this peer's address",
                      who, verb);
    return es_say(d, "; %s %s %s: %s", who, verb, es_proposal_say(d, &difference.nearest[1]),
                  es_proposal_say_difference(d, &difference));
}

static void proposal_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                              const struct es_tunnel *tunnel)
{
    const struct es_ike_sas refused = es_ike_sas_that(tunnel, refuses_proposal);
    struct es_finding *f = refused.count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_ike_sa *first = refused.first;
    const struct es_ike_sa *sa = refused.last;
    const bool came_up = es_established_after(tunnel, sa->error_ref.time);
    const bool both = first->error_side != sa->error_side;
    f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = sa;
    es_finding_peer(f, sa->error_side);
    es_finding_span(f, &first->first, &sa->error_ref, refused.count);
    es_finding_evidence(d, f, &first->first, "the offer of %s",
                        es_who(d, tunnel, first->initiator));
    es_finding_evidence(d, f, &first->error_ref, "NO_PROPOSAL_CHOSEN from %s",
                        es_who(d, tunnel, first->error_side));
    if (sa != first)
        es_finding_evidence(d, f, &sa->error_ref, "the last refusal, from %s",
                            es_who(d, tunnel, sa->error_side));
    const char *difference = compare_offers(d, f, sa);
    f->summary = es_say(d, "%s refused every proposal that %s made for the %s%s%s: %s%s",
                        es_who(d, tunnel, sa->error_side), es_who(d, tunnel, 1 - sa->error_side),
                        es_word_ike_sa(tunnel), both ? ", and was refused itself" : "",
                        came_up ? " (a later attempt succeeded)" : "",
                        es_proposal_say(d, &sa->offered), difference ? difference : "");
    es_proposal_check_pitfalls(d, f, &sa->offered, es_who(d, tunnel, 1 - sa->error_side));
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
}

/* --- another group --- */

static bool is_offered(const struct es_offer *offer, uint16_t group)
{
    for (size_t i = 0; i < offer->count; i++) {
        if (offer->transforms[i].type == ES_IKE_TRANSFORM_KE && offer->transforms[i].id == group)
            return true;
    }
    return false;
}

static const char *say_group(struct es_diagnosis *d, uint16_t group)
{
    const struct es_ike_transform transform = {.type = ES_IKE_TRANSFORM_KE, .id = group};
    struct es_text text;
    es_text_init(&text);
    es_text_add_transform(&text, &transform);
    const char *said = es_say(d, "%s (group %u)", es_text_chars(&text), group);
    es_text_fini(&text);
    return said;
}

/* The wishes for another group in a tunnel that led to something, or to nothing. */
struct wishes {
    uint64_t count;
    bool is_hopeless; /* a group not offered was asked for, or the wish was ignored */
    const struct es_ike_sa *first, *last;
};

static void add_wish(struct wishes *wishes, const struct es_ike_sa *sa)
{
    const struct es_group_wishes *w = &sa->group_wishes;
    wishes->first = wishes->first ? wishes->first : sa;
    wishes->last = sa;
    wishes->count += w->count;
    wishes->is_hopeless = wishes->is_hopeless || w->ignored ||
                          (sa->offered.count && !is_offered(&sa->offered, w->wished));
}

/* The initiator sent what was wished for, in the same attempt or the next, and went on with it. */
static bool is_granted(const struct es_ike_sa *sa)
{
    const struct es_ike_sa *next = sa->next_in_tunnel;
    return sa->chosen.count > 0 ||
           (next && next->initiator == sa->initiator && next->chosen.count > 0 &&
            next->group_wishes.guessed == sa->group_wishes.wished);
}

static struct wishes wishes_of(const struct es_tunnel *tunnel, bool granted)
{
    struct wishes wishes = {0};
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (sa->group_wishes.count && is_granted(sa) == granted)
            add_wish(&wishes, sa);
    }
    return wishes;
}

static void group_retry(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct wishes wishes = wishes_of(tunnel, true);
    struct es_finding *f = wishes.count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_ike_sa *sa = wishes.last;
    f->ike_sa = sa;
    f->summary =
        es_say(d, "%s guessed %s, %s wanted %s: each new IKE SA costs one round trip more",
               es_who(d, tunnel, sa->initiator), say_group(d, sa->group_wishes.guessed),
               es_who(d, tunnel, 1 - sa->initiator), say_group(d, sa->group_wishes.wished));
    es_finding_peer(f, sa->initiator);
    es_finding_span(f, &wishes.first->group_wishes.first, &sa->group_wishes.last, wishes.count);
    es_finding_evidence(d, f, &wishes.first->group_wishes.first, "INVALID_KE_PAYLOAD");
}

static void group_loop(const struct es_rule *rule, struct es_diagnosis *d,
                       const struct es_tunnel *tunnel)
{
    const struct wishes wishes = wishes_of(tunnel, false);
    const struct es_ike_sa *sa = wishes.last;
    if (!sa || (!wishes.is_hopeless && wishes.count < es_limit(d, ES_LIMIT_GROUP_WISHES)) ||
        d->now - sa->group_wishes.last.time < es_limit_ns(d, ES_LIMIT_PATIENCE))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const struct es_group_wishes *w = &sa->group_wishes;
    const bool is_missing = sa->offered.count && !is_offered(&sa->offered, w->wished);
    const bool came_up = es_established_after(tunnel, w->last.time);
    f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = sa;
    f->summary = es_say(d, "%s sends %s, %s asks for %s %s%s: no IKE SA comes up%s",
                        es_who(d, tunnel, sa->initiator), say_group(d, w->sent),
                        es_who(d, tunnel, 1 - sa->initiator), say_group(d, w->wished),
                        es_say_count(d, wishes.count, "time", "times"),
                        is_missing ? ", which the first did not offer" : "",
                        came_up ? " (a later attempt succeeded)" : "");
    es_finding_peer(f, sa->initiator);
    es_finding_span(f, &wishes.first->group_wishes.first, &w->last, wishes.count);
    es_finding_evidence(d, f, &wishes.first->first, "the first offer, with %s",
                        say_group(d, wishes.first->group_wishes.guessed));
    es_finding_evidence(d, f, &wishes.first->group_wishes.first, "INVALID_KE_PAYLOAD");
    es_finding_evidence(d, f, &w->last, "the last INVALID_KE_PAYLOAD, for %s",
                        say_group(d, w->wished));
    es_finding_check(d, f, "%s offers %s", es_who(d, tunnel, sa->initiator),
                     es_proposal_say(d, &sa->offered));
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
}

/* --- Main Mode against Aggressive Mode --- */

/* Errors that refuse the exchange itself, where nothing has been chosen yet. */
static bool refuses_mode(const struct es_ike_sa *sa)
{
    if (sa->major != 1 || sa->state != ES_IKE_SA_FAILED || sa->chosen.count)
        return false;
    switch (sa->error) {
    case ES_IKEV1_NOTIFY_INVALID_EXCHANGE_TYPE:
    case ES_IKEV1_NOTIFY_UNSUPPORTED_EXCHANGE_TYPE:
        return true;
    case ES_IKEV1_NOTIFY_AUTHENTICATION_FAILED:
        return sa->mode == ES_IKE_EXCHANGE_AGGRESSIVE && !es_address_clash_of(sa, sa->initiator);
    default:
        return false;
    }
}

/* The newest attempt of `side` in another mode than this; NULL: it made none. */
static const struct es_ike_sa *other_mode(const struct es_tunnel *tunnel, uint8_t side,
                                          uint8_t mode)
{
    enum { LOOKED_AT = 64 };
    int looked_at = 0;
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa && looked_at < LOOKED_AT;
         sa = sa->older_in_tunnel, looked_at++) {
        if (sa->major == 1 && sa->initiator == side && sa->mode && sa->mode != mode)
            return sa;
    }
    return NULL;
}

static const char *say_mode(uint8_t mode)
{
    return mode == ES_IKE_EXCHANGE_AGGRESSIVE ? "Aggressive Mode" : "Main Mode";
}

/* An IKEv1 attempt that nothing answers. */
static bool is_ignored(const struct es_diagnosis *d, const struct es_ike_sa *sa)
{
    return sa->major == 1 && sa->mode && sa->responder_spi == 0 &&
           es_unanswered(d, sa, sa->initiator);
}

/* Both begin, each in its own mode, and neither answers the other. */
static void silent_mode_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                                 const struct es_tunnel *tunnel)
{
    enum { LOOKED_AT = 64 };
    const struct es_ike_sa *one = tunnel->last_ike_sa;
    const struct es_ike_sa *other = NULL;
    int looked_at = 0;
    for (; one && looked_at < LOOKED_AT && !other; looked_at++) {
        if (is_ignored(d, one))
            other = other_mode(tunnel, 1 - one->initiator, one->mode);
        if (!other || !is_ignored(d, other) || es_established_after(tunnel, tunnel->first.time)) {
            other = NULL;
            one = one->older_in_tunnel;
        }
    }
    struct es_finding *f = other ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    f->ike_sa = one;
    f->summary = es_say(d, "%s begins with %s and %s with %s, and neither answers the other",
                        es_who(d, tunnel, one->initiator), say_mode(one->mode),
                        es_who(d, tunnel, other->initiator), say_mode(other->mode));
    es_finding_cap(d, f, ES_CONFIDENCE_LIKELY,
                   "both send, so the path is there; that each ignores the other's mode, only the "
                   "logs tell");
    es_finding_peer(f, other->initiator);
    es_finding_span(f, &one->first, &one->last, 2);
    es_finding_evidence(d, f, &one->first, "%s begins %s", es_who(d, tunnel, one->initiator),
                        say_mode(one->mode));
    es_finding_evidence(d, f, &other->first, "%s begins %s", es_who(d, tunnel, other->initiator),
                        say_mode(other->mode));
}

static void mode_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const struct es_ike_sas refused = es_ike_sas_that(tunnel, refuses_mode);
    if (refused.count == 0) {
        silent_mode_mismatch(rule, d, tunnel);
        return;
    }
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const struct es_ike_sa *sa = refused.last;
    const uint8_t refuser = sa->error_side;
    const struct es_ike_sa *other = other_mode(tunnel, refuser, sa->mode);
    const bool names_it = sa->error != ES_IKEV1_NOTIFY_AUTHENTICATION_FAILED;
    const struct es_registry_row *error = es_registry_find(&es_registry_ikev1_notify, sa->error);
    f->severity =
        es_established_after(tunnel, sa->error_ref.time) ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = sa;
    f->summary =
        es_say(d, "%s refused the %s of %s with %s%s%s", es_who(d, tunnel, refuser),
               say_mode(sa->mode), es_who(d, tunnel, 1 - refuser), error ? error->name : "an error",
               other ? "; it uses itself " : "", other ? say_mode(other->mode) : "");
    if (!names_it && !other)
        es_finding_cap(d, f, ES_CONFIDENCE_LIKELY,
                       "a responder that has nobody of that identity, or no key for it, may answer "
                       "in the same way");
    es_finding_peer(f, refuser);
    es_finding_span(f, &refused.first->first, &sa->error_ref, refused.count);
    es_finding_evidence(d, f, &refused.first->first, "first message, %s", say_mode(sa->mode));
    es_finding_evidence(d, f, &refused.first->error_ref, "refused in clear");
    if (other)
        es_finding_evidence(d, f, &other->first, "%s begins %s itself", es_who(d, tunnel, refuser),
                            say_mode(other->mode));
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
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
    .checks = ES_SENTENCES("compare the offer above with the responder's configuration, one "
                           "algorithm after the other"),
    .checks_responder = ES_SENTENCES("the log entry of that second lists offered and configured "
                                     "proposals",
                                     "is this peer's address in the right connection?"),
    .reference = "RFC 7296, 2.7 and 3.3; RFC 2409, 5",
    .roots = ES_SENTENCES("ike-version-mismatch"),
    .on_tunnel = proposal_mismatch,
};

static const struct es_rule rule_ike_dh_group_retry = {
    .id = "ike-dh-group-retry",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "the first guess of the DH group was wrong",
    .explanation = "The initiator sends a public value of the group that it likes best before it "
                   "knows which one the responder takes. The responder asked for another one, and "
                   "got it with the next message.",
    .causes = ES_SENTENCES("the two sides order their groups differently"),
    .checks = ES_SENTENCES("put the group that the responder takes first in the initiator's list"),
    .reference = "RFC 7296, 1.3 and 2.7",
    .on_tunnel = group_retry,
};

static const struct es_rule rule_ike_dh_group_loop = {
    .id = "ike-dh-group-loop",
    .severity = ES_SEVERITY_ERROR,
    .title = "the peers do not find a common DH group",
    .explanation = "The responder asks for another Diffie-Hellman group again and again, and the "
                   "initiator does not send a value of it.",
    .causes = ES_SENTENCES("the initiator does not offer the group that the responder wants",
                           "the initiator ignores the wish and sends the same group again",
                           "two responders behind one address want different groups"),
    .checks = ES_SENTENCES("compare the lists of Diffie-Hellman groups of both sides"),
    .checks_initiator = ES_SENTENCES("offer the group that the responder asks for"),
    .checks_responder = ES_SENTENCES("which groups does its policy allow for this peer?"),
    .reference = "RFC 7296, 1.3 and 2.7",
    .on_tunnel = group_loop,
};

static const struct es_rule rule_ikev1_mode_mismatch = {
    .id = "ikev1-mode-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "Main Mode against Aggressive Mode",
    .explanation = "IKEv1 has two ways to begin: Main Mode, and Aggressive Mode, which shows "
                   "identities in clear. One side began with the one that the other does not "
                   "accept.",
    .causes = ES_SENTENCES("the exchange mode differs in the configurations",
                           "the responder does not allow Aggressive Mode with pre-shared keys",
                           "a peer with a dynamic address needs Aggressive Mode, and its entry at "
                           "the responder is one for Main Mode",
                           "no entry at the responder has the initiator's identity"),
    .checks = ES_SENTENCES("set the same exchange mode on both sides; Main Mode, or better IKEv2, "
                           "where that is possible"),
    .checks_responder = ES_SENTENCES("does its log of that second speak of Aggressive Mode, or of "
                                     "an unknown peer?"),
    .reference = "RFC 2409, 5",
    .on_tunnel = mode_mismatch,
};

static const struct es_rule *const rules[] = {
    &rule_ike_proposal_mismatch,
    &rule_ike_dh_group_retry,
    &rule_ike_dh_group_loop,
    &rule_ikev1_mode_mismatch,
};

const struct es_chapter es_chapter_negotiation = {rules, ES_COUNT(rules)};
