/*
 * Chapter: how the two ends begin. Which version, with a cookie, both at once or neither.
 */
#include "catalogue.h"
#include "reach.h"

/* --- ike-version-mismatch --- */

static bool is_refused_version(const struct es_ike_sa *sa)
{
    /* The number is the same in both versions: RFC 2408, 3.14.1; RFC 7296, 3.10.1. */
    return sa->state == ES_IKE_SA_FAILED && sa->error == ES_IKE_NOTIFY_INVALID_MAJOR_VERSION;
}

static bool is_answered_in_other_version(const struct es_ike_sa *sa)
{
    return sa->birth_seen && sa->state != ES_IKE_SA_ESTABLISHED &&
           es_ike_sa_odd(sa)->other_version.count;
}

/* The last attempt of a version by a side that came to nothing. */
static const struct es_ike_sa *in_vain(const struct es_diagnosis *d, const struct es_tunnel *tunnel,
                                       uint8_t major, uint8_t initiator)
{
    const struct es_ike_sa *found = NULL;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (sa->major != major || sa->initiator != initiator || !sa->birth_seen)
            continue;
        if (sa->state == ES_IKE_SA_FAILED || es_unanswered(d, sa, initiator))
            found = sa;
    }
    return found;
}

static struct es_finding *add_version(const struct es_rule *rule, struct es_diagnosis *d,
                                      const struct es_ike_sa *sa, const struct es_packet_ref *last)
{
    struct es_finding *f = es_finding_add(d, rule, sa->tunnel);
    if (!f)
        return NULL;
    f->ike_sa = sa;
    if (es_established_after(sa->tunnel, last->time))
        f->severity = ES_SEVERITY_NOTE;
    f->display_filter = es_say_filter(d, sa);
    return f;
}

static void refused_version(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel)
{
    const struct es_ike_sas refused = es_ike_sas_that(tunnel, is_refused_version);
    const struct es_ike_sas other = es_ike_sas_that(tunnel, is_answered_in_other_version);
    const struct es_ike_sa *sa = refused.last ? refused.last : other.last;
    if (!sa)
        return;
    const struct es_packet_ref *answer =
        refused.last ? &sa->error_ref : &es_ike_sa_odd(sa)->other_version.first;
    struct es_finding *f = add_version(rule, d, sa, answer);
    if (!f)
        return;
    const uint8_t refuser = refused.last ? sa->error_side : 1 - sa->initiator;
    f->reason = refused.last ? "the peer says so itself" : "the version stands in each IKE header";
    f->summary = es_say(d, "%s speaks IKEv%u, and %s %s", es_who(d, tunnel, sa->initiator),
                        sa->major, es_who(d, tunnel, refuser),
                        refused.last ? "answers INVALID_MAJOR_VERSION"
                                     : es_say(d, "answers in IKEv%u", sa->major == 1 ? 2U : 1U));
    es_finding_peer(f, refuser);
    es_finding_span(f, &sa->first, answer, refused.last ? refused.count : other.count);
    es_finding_evidence(d, f, &sa->first, "the first message, IKEv%u", sa->major);
    es_finding_evidence(d, f, answer, "the answer to it");
}

/* A version that is neither 1 nor 2, and a peer that says that it does not know it. */
static void unknown_version(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel)
{
    const struct es_foreign *foreign = &es_tunnel_odd(tunnel)->foreign;
    const uint8_t refuser = 1 - foreign->side;
    const struct es_ike_sa *sa = foreign->tally.count ? tunnel->ike_sas : NULL;
    while (sa && !es_notified(&sa->notifies[refuser], ES_IKE_NOTIFY_INVALID_MAJOR_VERSION))
        sa = sa->next_in_tunnel;
    struct es_finding *f = sa ? add_version(rule, d, sa, &foreign->tally.last) : NULL;
    if (!f)
        return;
    f->reason = "the peer says so itself";
    f->summary =
        es_say(d,
               "%s speaks IKE version %u, which does not exist yet, and %s answers "
               "INVALID_MAJOR_VERSION",
               es_who(d, tunnel, foreign->side), foreign->major, es_who(d, tunnel, refuser));
    es_finding_peer(f, foreign->side);
    es_finding_span(f, &foreign->tally.first, &foreign->tally.last, foreign->tally.count);
    es_finding_evidence(d, f, &foreign->tally.first, "version %u", foreign->major);
    es_finding_evidence(d, f, &sa->first, "the answer to it");
}

static void version_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                             const struct es_tunnel *tunnel)
{
    if (es_ike_sas_that(tunnel, is_refused_version).count ||
        es_ike_sas_that(tunnel, is_answered_in_other_version).count) {
        refused_version(rule, d, tunnel);
        return;
    }
    if (es_tunnel_odd(tunnel)->foreign.tally.count) {
        unknown_version(rule, d, tunnel);
        return;
    }
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_ike_sa *old = in_vain(d, tunnel, 1, side);
        const struct es_ike_sa *new = in_vain(d, tunnel, 2, 1 - side);
        /* An end that also tries the other version knows both. */
        if (!old || !new || in_vain(d, tunnel, 2, side) || in_vain(d, tunnel, 1, 1 - side))
            continue;
        const struct es_ike_sa *later = old->last.time > new->last.time ? old : new;
        const struct es_ike_sa *earlier = later == old ? new : old;
        struct es_finding *f = add_version(rule, d, later, &later->last);
        if (!f)
            return;
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = "each end begins with its own version and neither accepts the other's; that "
                    "each knows only that one, the wire does not say";
        f->summary = es_say(d, "%s begins with IKEv1, %s with IKEv2, and neither gets anywhere",
                            es_who(d, tunnel, side), es_who(d, tunnel, 1 - side));
        es_finding_peer(f, 1 - later->initiator);
        es_finding_span(f, &earlier->first, &later->last, 2);
        es_finding_evidence(d, f, &earlier->first, "%s begins with IKEv%u",
                            es_who(d, tunnel, earlier->initiator), earlier->major);
        es_finding_evidence(d, f, &later->first, "%s begins with IKEv%u",
                            es_who(d, tunnel, later->initiator), later->major);
        return;
    }
}

/* --- ike-dos-cookie, ike-cookie-loop --- */

static bool loops(const struct es_diagnosis *d, const struct es_ike_sa *sa)
{
    return es_ike_sa_odd(sa)->cookies.refused.count >= es_limit(d, ES_LIMIT_COOKIE_ROUNDS);
}

/* The last IKE SA of a tunnel where cookies were asked for, in a loop or not. */
static const struct es_ike_sa *cookie_sa(const struct es_diagnosis *d,
                                         const struct es_tunnel *tunnel, bool looping)
{
    const struct es_ike_sa *found = NULL;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (es_ike_sa_odd(sa)->cookies.asked.count && loops(d, sa) == looping)
            found = sa;
    }
    return found;
}

static void dos_cookie(const struct es_rule *rule, struct es_diagnosis *d,
                       const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = cookie_sa(d, tunnel, false);
    struct es_finding *f = sa ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_tally *asked = &es_ike_sa_odd(sa)->cookies.asked;
    const uint8_t responder = 1 - sa->initiator;
    const struct es_exchange *e = es_unanswered(d, sa, sa->initiator);
    const bool ignored = e && e->cookie;
    f->ike_sa = sa;
    f->severity = ignored ? ES_SEVERITY_WARNING : ES_SEVERITY_NOTE;
    f->summary = es_say(d,
                        "%s asks for a cookie before it keeps state: it is, or thinks it is, "
                        "under load%s",
                        es_who(d, tunnel, responder),
                        ignored ? es_say(d, "; %s brought it %s, and got no answer",
                                         es_who(d, tunnel, sa->initiator),
                                         es_say_count(d, e->retransmissions + 1U, "time", "times"))
                                : "");
    es_finding_peer(f, responder);
    es_finding_span(f, &asked->first, &asked->last, asked->count);
    es_finding_evidence(d, f, &asked->first, "COOKIE from %s", es_who(d, tunnel, responder));
    if (ignored)
        es_finding_evidence(d, f, &e->last_request, "the request with the cookie, unanswered");
    f->display_filter = es_say_filter(d, sa);
}

static void cookie_loop(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = cookie_sa(d, tunnel, true);
    struct es_finding *f = sa ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_tally *asked = &es_ike_sa_odd(sa)->cookies.asked;
    const struct es_tally *refused = &es_ike_sa_odd(sa)->cookies.refused;
    const uint8_t responder = 1 - sa->initiator;
    const bool came_up =
        es_ref_seen(&sa->established) || es_established_after(tunnel, refused->last.time);
    f->ike_sa = sa;
    f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
    f->summary = es_say(d, "%s answered %s that brought a cookie with another COOKIE%s",
                        es_who(d, tunnel, responder),
                        es_say_count(d, refused->count, "IKE_SA_INIT", "IKE_SA_INIT requests"),
                        came_up ? "; in the end one was accepted" : ", and accepts none");
    es_finding_peer(f, responder);
    es_finding_span(f, &asked->first, &refused->last, refused->count);
    es_finding_evidence(d, f, &asked->first, "the first COOKIE");
    es_finding_evidence(d, f, &refused->first, "COOKIE in answer to a cookie");
    es_finding_evidence(d, f, &refused->last, "the last such answer");
    f->display_filter = es_say_filter(d, sa);
}

/* --- ike-both-initiate, ike-no-initiator --- */

static bool is_up(const struct es_ike_sa *sa)
{
    return sa->state == ES_IKE_SA_ESTABLISHED;
}

/* The two first messages of a tunnel that crossed: the later one's sender had not yet got what the
 * earlier one led to. */
static const struct es_ike_sa *find_crossing(const struct es_diagnosis *d,
                                             const struct es_tunnel *tunnel,
                                             const struct es_ike_sa **later)
{
    const struct es_ike_sa *found = NULL;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const struct es_ike_sa *before = sa->older_in_tunnel;
        if (!before || !sa->birth_seen || !before->birth_seen ||
            sa->initiator == before->initiator || sa->major != before->major ||
            sa->first.time - before->first.time > es_limit_ns(d, ES_LIMIT_CROSSING))
            continue;
        /* One that was refused or done with is followed, not crossed, by the other. */
        const bool over =
            (es_ref_seen(&before->established) && before->established.time < sa->first.time) ||
            (es_ref_seen(&before->error_ref) && before->error_ref.time < sa->first.time);
        if (over)
            continue;
        found = before;
        *later = sa;
    }
    return found;
}

static void both_initiate(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *later = NULL;
    const struct es_ike_sa *sa = find_crossing(d, tunnel, &later);
    struct es_finding *f = sa ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const bool both = is_up(sa) && is_up(later);
    const es_time both_since = sa->established.time > later->established.time
                                   ? sa->established.time
                                   : later->established.time;
    const es_time since = both ? both_since : later->last.time;
    const bool settled = d->now - since >= es_limit_ns(d, ES_LIMIT_PATIENCE);
    const bool none = !es_ref_seen(&sa->established) && !es_ref_seen(&later->established) &&
                      !es_established_after(tunnel, later->first.time);
    f->ike_sa = later;
    f->severity = settled && (both || none) ? ES_SEVERITY_WARNING : ES_SEVERITY_NOTE;
    f->summary = es_say(
        d, "both ends began an %s within %s of each other%s", es_word_ike_sa(tunnel),
        es_say_span(d, later->first.time - sa->first.time),
        both ? es_say(d, ", and both stay: two %ss between the same peers", es_word_ike_sa(tunnel))
        : none ? ", and neither came up"
               : ", and one of them stays");
    es_finding_span(f, &sa->first, &later->first, 2);
    es_finding_evidence(d, f, &sa->first, "%s begins", es_who(d, tunnel, sa->initiator));
    es_finding_evidence(d, f, &later->first, "%s begins", es_who(d, tunnel, later->initiator));
    f->display_filter = es_say_filter(d, later);
}

static void no_initiator(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    if (tunnel->ike_sas || tunnel->flows || tunnel->partials)
        return;
    const struct es_tally *const tallies[] = {&tunnel->peers[0].keepalives,
                                              &tunnel->peers[1].keepalives};
    uint8_t side = tallies[1]->count > tallies[0]->count;
    const struct es_tally *kept = tallies[side];
    if (kept->count < 2 ||
        kept->last.time - kept->first.time < es_limit_ns(d, ES_LIMIT_NO_INITIATOR))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->confidence = ES_CONFIDENCE_POSSIBLE;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->reason = "a tunnel that is up but idle, without liveness checks, looks the same until its "
                "next rekey";
    f->summary = es_say(d,
                        "between %s and %s there are NAT keepalives for %s, but neither IKE nor "
                        "ESP: neither end begins",
                        es_who(d, tunnel, 0), es_who(d, tunnel, 1),
                        es_say_span(d, kept->last.time - kept->first.time));
    es_finding_span(f, &kept->first, &kept->last, kept->count);
    es_finding_evidence(d, f, &kept->first, "the first keepalive");
    es_finding_evidence(d, f, &kept->last, "the last one, and still nothing else");
}

static const struct es_rule rule_ike_version_mismatch = {
    .id = "ike-version-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "one end speaks IKEv1, the other IKEv2",
    .explanation = "The peers begin, or answer, with different major versions of IKE. No IKE SA "
                   "can come up between them.",
    .causes = ES_SENTENCES("one end is set to \"IKEv1 only\", the other to \"IKEv2 only\"",
                           "one end knows IKEv1 only (old devices, policy-based cloud gateways)"),
    .checks = ES_SENTENCES("the IKE version configured for this peer, at both ends"),
    .checks_responder = ES_SENTENCES("its log in that second: no configuration for this version, "
                                     "INVALID_MAJOR_VERSION"),
    .reference = "RFC 7296, 2.5",
    .on_tunnel = version_mismatch,
};

static const struct es_rule rule_ike_dos_cookie = {
    .id = "ike-dos-cookie",
    .severity = ES_SEVERITY_WARNING,
    .title = "the responder asks for a cookie",
    .explanation =
        "A responder with many half-open IKE SAs lets the initiator prove its address first: it "
        "answers with a COOKIE and keeps nothing. One more round trip, and no fault by itself.",
    .causes = ES_SENTENCES("many negotiations at once: a restart of many clients, or a flood",
                           "the responder's threshold for half-open IKE SAs is low"),
    .checks = ES_SENTENCES("are there many IKE_SA_INIT messages from addresses that never go on?"),
    .checks_responder = ES_SENTENCES("how many IKE SAs are half open, and from where? What is the "
                                     "threshold for cookies?"),
    .reference = "RFC 7296, 2.6; RFC 8019",
    .missing = ES_MISSING_IKE,
    .on_tunnel = dos_cookie,
};

static const struct es_rule rule_ike_cookie_loop = {
    .id = "ike-cookie-loop",
    .severity = ES_SEVERITY_ERROR,
    .title = "no cookie is accepted",
    .explanation = "The initiator returns the responder's cookie, and is asked for another one, "
                   "again and again. The negotiation never begins.",
    .causes = ES_SENTENCES("a NAT maps each packet to another address or port, over which the "
                           "cookie is computed",
                           "the packets reach different nodes of a cluster with secrets of their "
                           "own",
                           "the responder forgets the cookie when it asks for another group "
                           "(RFC 7296, 2.6.1)"),
    .checks = ES_SENTENCES("compare the request as it leaves the initiator with how it arrives: "
                           "address, port, cookie"),
    .checks_responder = ES_SENTENCES("does the request come from the same address and port each "
                                     "time? Is the cookie secret shared by the cluster?"),
    .checks_initiator = ES_SENTENCES("source NAT pools and load balancing for UDP 500"),
    .reference = "RFC 7296, 2.6 and 2.6.1",
    .on_tunnel = cookie_loop,
};

static const struct es_rule rule_ike_both_initiate = {
    .id = "ike-both-initiate",
    .severity = ES_SEVERITY_WARNING,
    .title = "both ends initiate at once",
    .explanation =
        "Each end began before what the other one began was done. Implementations settle this "
        "differently: two IKE SAs may stay, one be deleted with its Child SAs, or both fail.",
    .causes = ES_SENTENCES("both ends are set to bring the tunnel up by themselves",
                           "both lost the tunnel at the same time and begin anew (DPD: restart)"),
    .checks = ES_SENTENCES("let one end only initiate (the other one responds, or starts on "
                           "traffic)"),
    .reference = "RFC 7296, 2.4 and 2.8",
    .on_tunnel = both_initiate,
};

static const struct es_rule rule_ike_no_initiator = {
    .id = "ike-no-initiator",
    .severity = ES_SEVERITY_NOTE,
    .title = "neither end begins",
    .explanation =
        "There are packets between the two peers, but for a long time neither IKE nor ESP: either "
        "both ends wait for the other one, or nothing asks for the tunnel.",
    .causes = ES_SENTENCES("both ends are passive (responder only)",
                           "no traffic that would start the tunnel reaches the gateway",
                           "the tunnel is up and idle, and the capture began after its setup"),
    .checks =
        ES_SENTENCES("which end is to initiate? Start the tunnel there by hand and capture",
                     "does traffic for the other network reach the gateway (routes, policy)?"),
    .reference = "RFC 7296, 1.2; RFC 3948, 4",
    .missing = ES_MISSING_IKE,
    .on_tunnel = no_initiator,
};

static const struct es_rule *const rules[] = {
    &rule_ike_version_mismatch, &rule_ike_dos_cookie,   &rule_ike_cookie_loop,
    &rule_ike_both_initiate,    &rule_ike_no_initiator,
};

const struct es_chapter es_chapter_ike_beginning = {rules, ES_COUNT(rules)};
