/*
 * Chapter: IKEv1's phase 2 negotiation, Quick Mode. RFC 2409, 5.5.
 */
#include "catalogue.h"
#include "child.h"

#include <inttypes.h>

/* The newest first message of Quick Mode that was sent again and again in vain; or NULL. */
static const struct es_exchange *unanswered(const struct es_diagnosis *d,
                                            const struct es_ike_sa *sa)
{
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_QUICK && e->messages == 1 && !e->answered &&
            !e->refused && es_ref_seen(&e->request))
            return e->retransmissions + 1 >= es_limit(d, ES_LIMIT_UNANSWERED_TRIES) &&
                           d->now - e->request.time >= es_limit_ns(d, ES_LIMIT_PATIENCE)
                       ? e
                       : NULL;
        if (e->exchange_type == ES_IKE_EXCHANGE_QUICK)
            return NULL;
    }
    return NULL;
}

static void no_answer(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    int looked_at = 0;
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa && looked_at < ES_IKE_SAS_JUDGED;
         sa = sa->older_in_tunnel, looked_at++) {
        const struct es_exchange *e = sa->major == 1 ? unanswered(d, sa) : NULL;
        if (!e || es_child_worked_before(tunnel, e->request.time))
            continue;
        struct es_finding *f = es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        const uint8_t silent = 1 - e->side;
        const bool recovered = es_child_made_since(tunnel, e->last_request.time);
        f->severity = recovered ? ES_SEVERITY_WARNING : rule->severity;
        f->ike_sa = sa;
        f->reason = "the exchange type is in clear: the same Quick Mode message is sent again and "
                    "nothing of that exchange comes back";
        f->summary = es_say(
            d, "%s sent the first message of Quick Mode %s over %s and %s did not answer it%s",
            es_who(d, tunnel, e->side),
            es_say_count(d, (uint64_t)e->retransmissions + 1, "time", "times"),
            es_say_span(d, e->last_request.time - e->request.time), es_who(d, tunnel, silent),
            recovered ? "; later phase 2 came up" : "");
        es_finding_peer(f, silent);
        es_finding_span(f, &e->request, &e->last_request, (uint64_t)e->retransmissions + 1);
        if (es_ref_seen(&sa->established))
            es_finding_evidence(d, f, &sa->established, "phase 1 is complete");
        es_finding_evidence(d, f, &e->request, "first message of Quick Mode");
        es_finding_evidence(d, f, &e->last_request, "the same again, the last time");
        f->display_filter = es_say(d, "isakmp.messageid == 0x%08" PRIx32, e->message_id);
        return;
    }
}

/* Quick Mode's second message, repeated although a third one is due. */
static const struct es_exchange *third_missing(const struct es_diagnosis *d,
                                               const struct es_ike_sa *sa)
{
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_QUICK && e->messages == 1 && e->answered &&
            e->repeated_responses + 1 >= es_limit(d, ES_LIMIT_UNANSWERED_TRIES))
            return e;
    }
    return NULL;
}

static bool third_seen(const struct es_ike_sa *sa, const struct es_exchange *first,
                       struct es_packet_ref *ref)
{
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type != ES_IKE_EXCHANGE_QUICK || e->message_id != first->message_id ||
            e->messages < 3)
            continue;
        *ref = e->request;
        return true;
    }
    return false;
}

static void third_lost(const struct es_rule *rule, struct es_diagnosis *d,
                       const struct es_tunnel *tunnel)
{
    int looked_at = 0;
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa && looked_at < ES_IKE_SAS_JUDGED;
         sa = sa->older_in_tunnel, looked_at++) {
        const struct es_exchange *e = sa->major == 1 ? third_missing(d, sa) : NULL;
        struct es_finding *f = e ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        const uint8_t responder = 1 - e->side;
        struct es_packet_ref third = {0};
        const bool seen = third_seen(sa, e, &third);
        const struct es_tally *back = &tunnel->peers[responder].esp;
        const bool works = back->count && back->last.time > e->response.time;
        f->severity = works ? ES_SEVERITY_WARNING : rule->severity;
        f->ike_sa = sa;
        f->reason = "message ID and exchange type are in clear: the responder repeats its message "
                    "of Quick Mode";
        f->summary = es_say(
            d,
            "%s sent its Quick Mode message %s: the third one, which %s %s, did not reach it, so "
            "it has no SA to receive on%s",
            es_who(d, tunnel, responder),
            es_say_count(d, (uint64_t)e->repeated_responses + 1, "time", "times"),
            es_who(d, tunnel, e->side), seen ? "sent" : "owes",
            works ? "; later its ESP came all the same" : "");
        es_finding_peer(f, seen ? responder : e->side);
        es_finding_span(f, &e->response, &sa->last, (uint64_t)e->repeated_responses + 1);
        es_finding_evidence(d, f, &e->response, "second message of Quick Mode");
        if (seen)
            es_finding_evidence(d, f, &third, "third message of Quick Mode");
        f->display_filter = es_say(d, "isakmp.messageid == 0x%08" PRIx32, e->message_id);
        return;
    }
}

/* The phase 2 SA that carried traffic before the new ISAKMP SA and was deleted; or NULL. */
static const struct es_child_sa *lost_child(const struct es_diagnosis *d,
                                            const struct es_ike_sa *sa)
{
    const es_time grace = es_limit_ns(d, ES_LIMIT_LOST_CHILD);
    int looked_at = 0;
    for (const struct es_child_sa *c = sa->tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        const struct es_packet_ref last = es_child_last(c);
        if (c->withdrawn || !es_ref_seen(&last))
            continue;
        const es_time quiet = sa->established.time - last.time;
        return es_ref_seen(&c->deleted.ref) && quiet > -grace && quiet < 2 * grace ? c : NULL;
    }
    return NULL;
}

static void child_lost(const struct es_rule *rule, struct es_diagnosis *d,
                       const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = tunnel->last_ike_sa;
    const es_time grace = es_limit_ns(d, ES_LIMIT_LOST_CHILD);
    if (!sa || sa->major != 1 || sa->state != ES_IKE_SA_ESTABLISHED || !sa->birth_seen ||
        !es_ref_seen(&sa->established) || sa->requests[0].asked.count ||
        sa->requests[1].asked.count || d->now - sa->established.time < grace)
        return;
    const struct es_child_sa *lost = lost_child(d, sa);
    if (!lost || es_esp_since(tunnel, sa->established.time + grace) ||
        es_child_made_since(tunnel, sa->established.time))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const struct es_packet_ref last = es_child_last(lost);
    f->ike_sa = sa;
    f->child = lost;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->reason = "exchange types are in clear: no Quick Mode follows the new phase 1; that the old "
                "phase 2 SAs were deleted, order and lengths tell";
    f->summary =
        es_say(d,
               "%s made a new ISAKMP SA, but no Quick Mode follows it for %s: with the "
               "old phase 2 SAs the traffic has ended",
               es_who(d, tunnel, sa->initiator), es_say_span(d, d->now - sa->established.time));
    es_finding_peer(f, sa->initiator);
    es_finding_span(f, &last, &sa->last, 1);
    es_finding_flow(f, lost->flows[0]);
    es_finding_flow(f, lost->flows[1]);
    es_finding_evidence(d, f, &last, "the last ESP packet");
    es_finding_evidence(d, f, &lost->deleted.ref, "the phase 2 SA is deleted");
    es_finding_evidence(d, f, &sa->established, "the new phase 1 is complete");
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
}

static const struct es_rule rule_unanswered = {
    .id = "ikev1-qm-unanswered",
    .severity = ES_SEVERITY_ERROR,
    .title = "Quick Mode is not answered",
    .explanation = "Phase 1 is up, but the responder does not answer the first message of Quick "
                   "Mode, so there is no phase 2 SA and no ESP.",
    .causes = ES_SENTENCES("the responder refuses in silence: proxy IDs or proposals do not fit "
                           "(many firewalls do so)",
                           "it has lost the ISAKMP SA, or cannot decrypt it",
                           "something in between drops the message (by its size: it may be the "
                           "first large one)"),
    .checks = ES_SENTENCES("compare phase 2 of both peers: proxy IDs, proposals, PFS group"),
    .checks_responder = ES_SENTENCES("its log at that second: a received and rejected Quick Mode, "
                                     "or none at all"),
    .reference = "RFC 2409, 5.5",
    .missing = ES_MISSING_IKE,
    .roots = ES_SENTENCES("dpd-unanswered", "natt-4500-blocked", "ike-response-lost",
                          "ike-fragments-lost", "ike-icmp-rejected", "peer-dead-esp-continues"),
    .on_tunnel = no_answer,
};

static const struct es_rule rule_third_lost = {
    .id = "ikev1-qm3-lost",
    .severity = ES_SEVERITY_ERROR,
    .title = "the last message of Quick Mode is lost",
    .explanation =
        "The responder installs the phase 2 SA when the third message arrives. It sends its own "
        "again and again: the third one does not arrive, while the initiator believes that the SA "
        "is up and sends ESP into nothing.",
    .causes = ES_SENTENCES("the third message is dropped on the way or by the responder's filter",
                           "the responder cannot verify its hash"),
    .checks = ES_SENTENCES("capture at the responder: does the third message arrive?"),
    .checks_responder = ES_SENTENCES("does its log complain about a received Quick Mode message?"),
    .reference = "RFC 2409, 5.5",
    .on_tunnel = third_lost,
};

static const struct es_rule rule_child_lost = {
    .id = "ikev1-child-lost-after-reauth",
    .severity = ES_SEVERITY_ERROR,
    .title = "a new phase 1 without a new phase 2",
    .explanation = "The ISAKMP SA was made anew and the old one went with its phase 2 SAs, but "
                   "nobody negotiates phase 2 again. Phase 1 and DPD look healthy, and nothing is "
                   "carried.",
    .causes = ES_SENTENCES("the daemon waits for traffic that its policy no longer catches",
                           "reauthentication that does not restore phase 2 (a known fault of some "
                           "daemons)",
                           "somebody restarted phase 1 by hand"),
    .checks = ES_SENTENCES("bring phase 2 up by hand"),
    .checks_initiator = ES_SENTENCES("its log after the new phase 1: is a Quick Mode tried?"),
    .reference = "RFC 2409, 5.5",
    .missing = ES_MISSING_IKE,
    .on_tunnel = child_lost,
};

static const struct es_rule *const rules[] = {&rule_unanswered, &rule_third_lost, &rule_child_lost};

const struct es_chapter es_chapter_quick_mode = {rules, ES_COUNT(rules)};
