/*
 * Chapter: how the two ends ask and answer. Requests sent again, slow answers, message IDs.
 */
#include "catalogue.h"
#include "reach.h"

#include <inttypes.h>

/* --- ike-retransmissions, ike-slow-responder --- */

/* Requests of a tunnel that had to be sent again. */
struct resent {
    struct es_tally requests;
    uint64_t by_side[2], copies, answered;
    const struct es_ike_sa *sa; /* the last one with such requests */
};

static void add_resent(struct resent *all, const struct es_ike_sa *sa, uint8_t side)
{
    const struct es_tally *late = &es_ike_sa_odd(sa)->late[side];
    all->answered += sa->answered[side];
    if (!late->count)
        return;
    if (!all->requests.count || late->first.time < all->requests.first.time)
        all->requests.first = late->first;
    if (!all->requests.count || late->last.time > all->requests.last.time)
        all->requests.last = late->last;
    all->requests.count += late->count;
    all->by_side[side] += late->count;
    all->copies += es_ike_sa_odd(sa)->resent[side];
    all->sa = sa;
}

static void retransmissions(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel)
{
    struct resent all = {0};
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        add_resent(&all, sa, 0);
        add_resent(&all, sa, 1);
    }
    const struct es_tally *late = &all.requests;
    /* One request alone is a passing trouble, whatever it took. */
    if (late->count < 2 || all.copies < es_limit(d, ES_LIMIT_RESENT_COPIES) ||
        late->count * 100 < all.answered * es_limit(d, ES_LIMIT_RESENT_SHARE))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->ike_sa = all.sa;
    f->summary = es_say(d,
                        "%" PRIu64 " of %s had to be sent again, %s in all (%" PRIu64
                        " of them from %s, %" PRIu64 " from %s): IKE between the peers is lossy "
                        "or slow",
                        late->count, es_say_count(d, all.answered, "IKE request", "IKE requests"),
                        es_say_count(d, all.copies, "time", "times"), all.by_side[0],
                        es_who(d, tunnel, 0), all.by_side[1], es_who(d, tunnel, 1));
    es_finding_peer(f, all.by_side[1] > all.by_side[0] ? 0 : 1);
    es_finding_span(f, &late->first, &late->last, late->count);
    es_finding_evidence(d, f, &late->first, "the first request that needed it is settled");
    es_finding_evidence(d, f, &late->last, "the last one");
}

static const struct es_ike_sa *slowest_sa(const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *found = NULL;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        /* Where a person types a password, that is no one's fault. */
        if (sa->slowest.exchange_type != ES_IKE_EXCHANGE_TRANSACTION &&
            (!found || sa->slowest.us > found->slowest.us))
            found = sa;
    }
    return found;
}

static const char *say_us(struct es_diagnosis *d, uint32_t us)
{
    return es_say_span(d, us * ES_MICROSECOND);
}

static void slow_responder(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = slowest_sa(tunnel);
    if (!sa || sa->slowest.us * ES_MICROSECOND < es_limit_ns(d, ES_LIMIT_SLOW_RESPONSE))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const struct es_slowest *slowest = &sa->slowest;
    const char *what = es_say_exchange(d, sa->major, slowest->exchange_type);
    f->ike_sa = sa;
    f->summary = es_say(d, "%s took %s to answer %s; the median of all answers of this %s is %s",
                        es_who(d, tunnel, slowest->side), say_us(d, slowest->us), what,
                        es_word_ike_sa(tunnel), say_us(d, es_ike_sa_response_median(sa)));
    es_finding_peer(f, slowest->side);
    es_finding_span(f, &slowest->request, &slowest->response, 1);
    es_finding_evidence(d, f, &slowest->request, "%s request", what);
    es_finding_evidence(d, f, &slowest->response, "its answer, %s later", say_us(d, slowest->us));
    f->display_filter = es_say_filter(d, sa);
}

/* --- ike-msgid-gap, ike-window-stall --- */

static bool said_wrong_id(const struct es_ike_sa *sa, uint8_t side)
{
    return es_notified(&sa->notifies[side], ES_IKE_NOTIFY_INVALID_MESSAGE_ID) ||
           es_notified(&sa->disclosed[side], ES_IKE_NOTIFY_INVALID_MESSAGE_ID);
}

/* The peer goes on with requests of its own, so it lives and has this IKE SA. */
static bool asks_after(const struct es_ike_sa *sa, uint8_t side, es_time time)
{
    const struct es_exchange *e = es_newest_request(sa, side);
    return e && e->last_request.time > time;
}

static bool is_gap_fatal(const struct es_diagnosis *d, const struct es_ike_sa *sa, uint8_t side)
{
    const struct es_request_ids *ids = &sa->request_ids[side];
    if (sa->major != 2 || !ids->count)
        return false;
    if (said_wrong_id(sa, 1 - side))
        return true;
    /* What follows a gap and is answered, was no gap to the peer: the capture missed a packet. */
    const struct es_exchange *e = es_unanswered(d, sa, side);
    return e && e->request.time >= ids->behind.time &&
           e->message_id >= ids->first_missing + ids->count &&
           asks_after(sa, 1 - side, e->request.time);
}

static void msgid_gap(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *found = NULL;
    uint8_t asker = 0;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        for (uint8_t side = 0; side < 2; side++) {
            if (is_gap_fatal(d, sa, side)) {
                found = sa;
                asker = side;
            }
        }
    }
    struct es_finding *f = found ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_request_ids *ids = &found->request_ids[asker];
    const bool said = said_wrong_id(found, 1 - asker);
    f->ike_sa = found;
    f->confidence = said ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_POSSIBLE;
    f->reason = said ? "the peer says INVALID_MESSAGE_ID"
                     : "the capture may have missed the request, and the peer be silent for "
                       "another reason";
    f->summary = es_say(d,
                        "the requests of %s jump from message ID %" PRIu32 " to %" PRIu32
                        ", and %s, which goes on itself, does not answer what comes after",
                        es_who(d, tunnel, asker), ids->first_missing,
                        ids->first_missing + ids->count, es_who(d, tunnel, 1 - asker));
    es_finding_peer(f, asker);
    es_finding_span(f, &ids->behind, &ids->behind, ids->count);
    es_finding_evidence(d, f, &ids->behind, "message ID %" PRIu32 ", with none before it",
                        ids->first_missing + ids->count);
    f->display_filter = es_say_filter(d, found);
}

/* A request, not a liveness check, that hangs while the tunnel lives on in both directions. */
static const struct es_exchange *stalled(const struct es_diagnosis *d, const struct es_ike_sa *sa,
                                         uint8_t side)
{
    if (sa->major != 2 || sa->state != ES_IKE_SA_ESTABLISHED)
        return NULL;
    const struct es_exchange *e = es_unanswered(d, sa, side);
    if (!e || e->judged == ES_IKE_CLASS_EMPTY)
        return NULL;
    const es_time since = e->last_request.time + es_limit_ns(d, ES_LIMIT_WINDOW_STALL);
    return es_spoke_since(sa->tunnel, 0, since) && es_spoke_since(sa->tunnel, 1, since) &&
                   !es_established_after(sa->tunnel, e->request.time)
               ? e
               : NULL;
}

static void window_stall(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct es_exchange *e = NULL;
    const struct es_ike_sa *found = NULL;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        for (uint8_t side = 0; side < 2; side++) {
            const struct es_exchange *hung = stalled(d, sa, side);
            if (hung) {
                e = hung;
                found = sa;
            }
        }
    }
    struct es_finding *f = e ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const char *what = es_say_exchange(d, found->major, e->exchange_type);
    f->ike_sa = found;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "the tunnel lives on in both directions, and this side has asked nothing since";
    f->summary = es_say(d,
                        "%s request %" PRIu32 " of %s was never answered, and for %s it has asked "
                        "nothing else: no liveness check and no rekey can come from it",
                        what, e->message_id, es_who(d, tunnel, e->side),
                        es_say_span(d, d->now - e->last_request.time));
    es_finding_peer(f, e->side);
    es_finding_silent(f, 1 - e->side);
    es_finding_span(f, &e->request, &e->last_request, e->retransmissions + 1);
    es_finding_evidence(d, f, &e->request, "%s request, message ID %" PRIu32, what, e->message_id);
    es_finding_evidence(d, f, &e->last_request, "the last try; no request of that side since");
    f->display_filter = es_say_filter(d, found);
}

static const struct es_rule rule_ike_retransmissions = {
    .id = "ike-retransmissions",
    .severity = ES_SEVERITY_WARNING,
    .title = "many IKE requests have to be sent again",
    .explanation = "IKE sends a request again until it is answered. A large part of the requests "
                   "here needed that: rekeys and liveness checks are at risk.",
    .causes = ES_SENTENCES("packet loss between the peers",
                           "the peer is overloaded, or limits "
                           "the rate of IKE",
                           "a path or NAT mapping that fails now and then"),
    .checks = ES_SENTENCES("loss and delay of the path (ping, ESP sequence numbers)",
                           "rate limits for UDP 500 and 4500 on the way",
                           "processor load of the answering peer"),
    .reference = "RFC 7296, 2.1",
    .roots = ES_SENTENCES("ike-cookie-loop", "ike-response-lost", "ike-wrong-source",
                          "ike-fragments-lost", "ike-skf-incomplete"),
    .on_tunnel = retransmissions,
};

static const struct es_rule rule_ike_slow_responder = {
    .id = "ike-slow-responder",
    .severity = ES_SEVERITY_NOTE,
    .title = "slow IKE answers",
    .explanation = "The time from the last copy of a request to its answer. Long ones for IKE_AUTH "
                   "or the last messages of phase 1 are often a look-up elsewhere.",
    .causes = ES_SENTENCES("the responder asks a server first (RADIUS, CRL, OCSP, DNS)",
                           "the responder is overloaded", "a long path"),
    .checks = ES_SENTENCES(
        "compare with the round trip of liveness checks: is the path slow, or the answer?"),
    .checks_responder = ES_SENTENCES("what its log does between the two times; reachability of its "
                                     "RADIUS, CRL and OCSP servers"),
    .reference = "RFC 7296, 2.1",
    .category = ES_CATEGORY_STATISTICS,
    .on_tunnel = slow_responder,
};

static const struct es_rule rule_ike_msgid_gap = {
    .id = "ike-msgid-gap",
    .severity = ES_SEVERITY_WARNING,
    .title = "message IDs jump",
    .explanation = "Requests are numbered one after the other. When numbers are left out, the peer "
                   "has to ignore what comes after, and the IKE SA is stuck in that direction.",
    .causes = ES_SENTENCES("a cluster failed over without its message IDs (RFC 6311)",
                           "a request was lost for good while its sender went on",
                           "the capture missed the request"),
    .checks = ES_SENTENCES("synchronisation of IKE SAs in the cluster of the asking end",
                           "the log of the silent end: message ID out of window"),
    .reference = "RFC 7296, 2.2 and 2.3; RFC 6311",
    .missing = ES_MISSING_IKE,
    .on_tunnel = msgid_gap,
};

static const struct es_rule rule_ike_window_stall = {
    .id = "ike-window-stall",
    .severity = ES_SEVERITY_WARNING,
    .title = "an unanswered request blocks all later ones",
    .explanation =
        "With a window of one, nothing more may be asked before the last request is answered. This "
        "side neither got its answer nor gave the IKE SA up: its liveness checks and rekeys stay "
        "away, and the tunnel ends when its keys do.",
    .causes = ES_SENTENCES("the peer did not understand the request and stays silent",
                           "the asking side does not give up as it should"),
    .checks = ES_SENTENCES("the log of the silent peer at the time of the request",
                           "clear the IKE SA at the asking side; is there a fixed version?"),
    .reference = "RFC 7296, 2.1 and 2.3",
    .missing = ES_MISSING_IKE,
    .roots = ES_SENTENCES("ike-msgid-gap"),
    .on_tunnel = window_stall,
};

static const struct es_rule *const rules[] = {
    &rule_ike_retransmissions,
    &rule_ike_slow_responder,
    &rule_ike_msgid_gap,
    &rule_ike_window_stall,
};

const struct es_chapter es_chapter_ike_exchange = {rules, ES_COUNT(rules)};
