/*
 * Chapter: rekeys. Does a new SA take over before the old one ends?
 */
#include "catalogue.h"
#include "child.h"

#include <inttypes.h>

/* --- rekey-failed --- */

/* The newest CREATE_CHILD_SA (IKEv1: Quick Mode) of a side, sent again and again in vain. */
static const struct es_exchange *unanswered(const struct es_diagnosis *d,
                                            const struct es_ike_sa *sa, uint8_t side)
{
    const uint8_t type = sa->major == 1 ? ES_IKE_EXCHANGE_QUICK : ES_IKE_EXCHANGE_CREATE_CHILD_SA;
    const struct es_exchange *e = sa->exchanges;
    while (e && (e->exchange_type != type || e->side != side || e->messages > 1))
        e = e->older;
    if (!e || e->answered || e->refused || !es_ref_seen(&e->request) ||
        e->retransmissions + 1 < es_limit(d, ES_LIMIT_UNANSWERED_TRIES))
        return NULL;
    return d->now - e->request.time >= es_limit_ns(d, ES_LIMIT_PATIENCE) ? e : NULL;
}

static const char *exchange_name(const struct es_ike_sa *sa)
{
    return sa->major == 1 ? "Quick Mode" : "CREATE_CHILD_SA";
}

/* What became of the tunnel since `time`. */
static const char *say_outcome(struct es_diagnosis *d, struct es_finding *f,
                               const struct es_tunnel *tunnel, uint8_t silent, es_time time)
{
    if (es_child_made_since(tunnel, time) || es_established_after(tunnel, time)) {
        f->severity = ES_SEVERITY_WARNING;
        return "; later a new SA came up";
    }
    if (!es_spoke_since(tunnel, silent, time))
        return es_say(d, "; no packet of any kind came from %s after that",
                      es_who(d, tunnel, silent));
    return es_esp_since(tunnel, time) ? "; ESP goes on with the old SAs, until they end" : "";
}

static bool add_unanswered(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_ike_sa *sa, uint8_t side)
{
    const struct es_tunnel *tunnel = sa->tunnel;
    const struct es_exchange *e = unanswered(d, sa, side);
    if (!e || (sa->major == 1 && !es_child_worked_before(tunnel, e->request.time)))
        return false;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return true;
    const uint8_t silent = 1 - side;
    const uint64_t times = (uint64_t)e->retransmissions + 1;
    f->ike_sa = sa;
    f->provenance = e->request_opened ? ES_PROVENANCE_DECRYPTED : ES_PROVENANCE_OBSERVED;
    f->reason = "exchange type and message ID are in clear: the same request is sent again and "
                "again";
    f->summary =
        es_say(d, "%s sent its %s request for a new SA %s over %s and %s did not answer%s",
               es_who(d, tunnel, side), exchange_name(sa), es_say_count(d, times, "time", "times"),
               es_say_span(d, e->last_request.time - e->request.time), es_who(d, tunnel, silent),
               say_outcome(d, f, tunnel, silent, e->last_request.time));
    es_finding_peer(f, silent);
    es_finding_span(f, &e->request, &e->last_request, times);
    es_finding_evidence(d, f, &e->request, "the request");
    es_finding_evidence(d, f, &e->last_request, "the same again, the last time");
    if (tunnel->peers[silent].esp.count && tunnel->peers[silent].esp.last.time > e->request.time)
        es_finding_evidence(d, f, &tunnel->peers[silent].esp.last, "ESP from %s in that time",
                            es_who(d, tunnel, silent));
    f->display_filter =
        es_say(d, "isakmp.ispi == %016" PRIx64 " && isakmp.messageid == 0x%08" PRIx32,
               sa->initiator_spi, e->message_id);
    return true;
}

static void add_refused(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_refused *r)
{
    const struct es_tunnel *tunnel = r->sa->tunnel;
    const uint8_t refuser = 1 - r->side;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->ike_sa = r->sa;
    f->missing = 0; /* the refusal is there */
    f->provenance = r->error ? ES_PROVENANCE_DECRYPTED : ES_PROVENANCE_INFERRED;
    f->confidence = r->error ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY;
    f->reason =
        r->error ? "the refusal was read with keys" : "each response is as long as a notify alone";
    const bool goes_on = es_esp_since(tunnel, r->last.time);
    const bool is_rekey = r->error && r->wanted && r->wanted->rekey && r->count > 1;
    /* Nothing is broken yet: a retry may settle it, or it was about a Child SA beside the other. */
    f->severity = goes_on        ? (is_rekey ? ES_SEVERITY_WARNING : ES_SEVERITY_NOTE)
                  : r->count < 2 ? ES_SEVERITY_WARNING
                                 : rule->severity;
    f->summary =
        es_say(d, "%s refuses the %s that %s asks for (%s)%s%s", es_who(d, tunnel, refuser),
               r->requests->classes == ES_IKE_CLASS_NEW_IKE ? "new IKE SA" : "new SA",
               es_who(d, tunnel, r->side), es_say_count(d, r->count, "time", "times"),
               r->error ? es_say(d, ": %s", es_say_notify(d, r->sa, r->error)) : "",
               goes_on ? "; ESP goes on with the old SAs, until they end" : "");
    es_finding_peer(f, refuser);
    es_finding_span(f, &r->first, &r->last, r->count);
    es_finding_evidence(d, f, &r->requests->request, "the request");
    es_finding_evidence(d, f, &r->first, "its refusal");
    if (r->count > 1)
        es_finding_evidence(d, f, &r->last, "the last refusal");
    f->display_filter = es_say(
        d, "isakmp.ispi == %016" PRIx64 " && isakmp.exchangetype == %d", r->sa->initiator_spi,
        r->sa->major == 1 ? ES_IKE_EXCHANGE_QUICK : ES_IKE_EXCHANGE_CREATE_CHILD_SA);
}

static void failed(const struct es_rule *rule, struct es_diagnosis *d,
                   const struct es_tunnel *tunnel)
{
    int looked_at = 0;
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa && looked_at < ES_IKE_SAS_JUDGED;
         sa = sa->older_in_tunnel, looked_at++) {
        if (add_unanswered(rule, d, sa, sa->initiator) ||
            add_unanswered(rule, d, sa, 1 - sa->initiator))
            return;
    }
    const struct es_refused r = es_refused_requests(tunnel);
    if (r.sa && !r.in_auth && (!r.sa->birth_seen || es_child_worked_before(tunnel, r.first.time)))
        add_refused(rule, d, &r);
}

/* --- rekey-gap --- */

/* The next older Child SA that carried packets, or NULL. */
static const struct es_child_sa *older_with_flows(const struct es_child_sa *child)
{
    const struct es_child_sa *c = child->next_in_tunnel;
    int looked_at = 0;
    while (c && looked_at++ < ES_ONE_WAY_CHILDREN &&
           (c->withdrawn || (!c->flows[0] && !c->flows[1])))
        c = c->next_in_tunnel;
    return looked_at <= ES_ONE_WAY_CHILDREN ? c : NULL;
}

static uint64_t packets_of(const struct es_child_sa *child)
{
    return (child->flows[0] ? child->flows[0]->packets : 0) +
           (child->flows[1] ? child->flows[1]->packets : 0);
}

static es_time interval_of(const struct es_child_sa *child)
{
    const es_time span = es_child_last(child).time - es_child_first(child).time;
    const uint64_t packets = packets_of(child);
    return packets > 1 ? span / (es_time)(packets - 1) : 0;
}

/*
 * The time without ESP between two Child SAs, when it is longer than any pause of their traffic and
 * lies around the negotiation: traffic ended with the old SA and began again with the new one.
 */
static es_time gap_between(const struct es_diagnosis *d, const struct es_child_sa *old,
                           const struct es_child_sa *next)
{
    const es_time begin = es_child_last(old).time;
    const es_time end = es_child_first(next).time;
    const es_time gap = end - begin;
    const uint64_t least = es_limit(d, ES_LIMIT_REKEY_GAP_PACKETS);
    const es_time factor = (es_time)es_limit(d, ES_LIMIT_REKEY_GAP_FACTOR);
    if (gap < es_limit_ns(d, ES_LIMIT_REKEY_GAP) || packets_of(old) < least ||
        packets_of(next) < least || gap / factor < es_child_pause(old) ||
        gap / factor < es_child_pause(next))
        return 0;
    /* Traffic came back with the new SA at once, so it had waited for it; */
    const es_time slack = ES_SECOND + 4 * interval_of(next);
    if (end - next->created.ref.time > slack)
        return 0;
    /* and it had ended with the old SA: by its Delete, or without a word when a peer began anew. */
    const es_time made = next->created.ref.time;
    const es_time deleted = es_ref_seen(&old->deleted.ref) ? old->deleted.ref.time : made;
    const es_time anew = next->ike_sa ? next->ike_sa->first.time : made;
    return (deleted < made && deleted - begin < slack) ||
                   (anew > begin - slack && anew - begin < slack && anew < made)
               ? gap
               : 0;
}

static void gap(const struct es_rule *rule, struct es_diagnosis *d, const struct es_tunnel *tunnel)
{
    struct es_finding *f = NULL;
    uint64_t count = 0;
    int looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        if (c->withdrawn || !es_ref_seen(&c->created.ref) || (!c->flows[0] && !c->flows[1]))
            continue;
        const struct es_child_sa *old = older_with_flows(c);
        const es_time span = old ? gap_between(d, old, c) : 0;
        if (!span)
            continue;
        count++;
        if (f) {
            f->count = count;
            continue;
        }
        f = es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        const struct es_packet_ref last = es_child_last(old);
        const struct es_packet_ref first = es_child_first(c);
        f->child = c;
        f->ike_sa = c->ike_sa;
        f->provenance = ES_PROVENANCE_INFERRED;
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = "the traffic before and after had no pause nearly as long";
        f->summary = es_say(d, "no ESP passed in either direction for %s until the new %s came up",
                            es_say_span(d, span), es_word_child_sa(tunnel));
        es_finding_peer(f, c->created.side);
        es_finding_span(f, &last, &first, count);
        es_finding_evidence(d, f, &last, "the last ESP packet on the old SA");
        if (es_ref_seen(&old->deleted.ref))
            es_finding_evidence(d, f, &old->deleted.ref, "it is deleted");
        es_finding_evidence(d, f, &c->created.ref, "the new one is complete");
        es_finding_evidence(d, f, &first, "the first ESP packet on the new one");
    }
}

/* --- rekey-collision --- */

static bool in_use_after(const struct es_child_sa *child, es_time time)
{
    return (child->flows[0] && child->flows[0]->last.time > time) ||
           (child->flows[1] && child->flows[1]->last.time > time);
}

/* Made at about the time of the collision. */
static bool is_of_collision(const struct es_child_sa *child, const struct es_tally *collisions)
{
    enum { COLLISION_S = 30 };
    return !child->withdrawn && es_ref_seen(&child->created.ref) &&
           child->created.ref.time >= collisions->last.time &&
           child->created.ref.time - collisions->last.time < COLLISION_S * ES_SECOND;
}

static void collision(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    int looked_at = 0;
    const struct es_child_sa *pair[2] = {NULL, NULL};
    const struct es_ike_sa *sa = tunnel->last_ike_sa;
    while (sa && es_ike_sa_odd(sa)->collisions.count == 0 && looked_at++ < ES_IKE_SAS_JUDGED)
        sa = sa->older_in_tunnel;
    const struct es_tally *collisions = sa ? &es_ike_sa_odd(sa)->collisions : NULL;
    if (!sa || collisions->count == 0)
        return;
    looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        if (!is_of_collision(c, collisions) || es_ref_seen(&c->deleted.ref))
            continue;
        pair[1] = pair[0];
        pair[0] = c;
    }
    if (!pair[1] || pair[0]->created.side == pair[1]->created.side || pair[0]->is_rekey == ES_NO ||
        pair[1]->is_rekey == ES_NO)
        return;
    const struct es_child_sa *newer =
        pair[0]->created.ref.time > pair[1]->created.ref.time ? pair[0] : pair[1];
    const es_time settled = newer->created.ref.time + es_limit_ns(d, ES_LIMIT_SWITCHOVER);
    if (!in_use_after(pair[0], settled) || !in_use_after(pair[1], settled))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->ike_sa = sa;
    f->child = newer;
    f->provenance = pair[0]->created.provenance;
    f->confidence =
        f->provenance == ES_PROVENANCE_DECRYPTED ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY;
    f->reason = f->provenance == ES_PROVENANCE_DECRYPTED
                    ? "both exchanges were read with keys, and no Delete of either SA"
                    : "the requests cross, both are answered with a new SA, and ESP goes on with "
                      "both";
    f->summary = es_say(d,
                        "%s and %s rekeyed at the same moment; both new Child SAs stay, and ESP "
                        "goes on with both",
                        es_who(d, tunnel, 0), es_who(d, tunnel, 1));
    es_finding_span(f, &collisions->last, &newer->created.ref, collisions->count);
    es_finding_evidence(d, f, &collisions->last, "this request crosses one of the other side");
    for (int i = 0; i < 2; i++) {
        es_finding_evidence(d, f, &pair[i]->created.ref, "it gets a new Child SA all the same");
        es_finding_flow(f, pair[i]->flows[0]);
        es_finding_flow(f, pair[i]->flows[1]);
    }
}

static const struct es_rule rule_failed = {
    .id = "rekey-failed",
    .severity = ES_SEVERITY_ERROR,
    .title = "a rekey fails",
    .explanation = "A peer asks for a new SA within a working tunnel and gets none. ESP goes on "
                   "until the old SA ends, then the tunnel breaks until a new IKE SA is made.",
    .causes = ES_SENTENCES("the request or its answer is lost on the way (larger than what passed "
                           "before, or a filter that knows exchange types)",
                           "the PFS group of phase 2 differs, which IKE_AUTH does not show",
                           "the peer is busy with another exchange, or allows no further SA",
                           "the peer has lost the IKE SA"),
    .checks = ES_SENTENCES("compare lifetimes and the PFS group of phase 2 on both peers"),
    .checks_responder = ES_SENTENCES("its log at that second: was the request received?"),
    .reference = "RFC 7296, 1.3 and 2.8",
    .missing = ES_MISSING_IKE,
    .roots = ES_SENTENCES("pfs-mismatch", "child-proposal-mismatch", "ts-unacceptable",
                          "no-additional-sas", "temporary-failure", "dpd-unanswered",
                          "peer-dead-esp-continues", "ike-response-lost", "ike-fragments-lost",
                          "ike-window-stall", "ike-icmp-rejected", "nat-remap-blackhole",
                          "nat-mapping-expired", "peer-restarted"),
    .on_tunnel = failed,
};

static const struct es_rule rule_gap = {
    .id = "rekey-gap",
    .severity = ES_SEVERITY_WARNING,
    .title = "traffic stops while SAs are replaced",
    .explanation = "The old SA ended before the new one was there. Connections through the tunnel "
                   "stall or break each time.",
    .causes = ES_SENTENCES("reauthentication that breaks before it makes",
                           "the SA ran out because its rekey failed or came too late",
                           "phase 1 of IKEv1 ended and took phase 2 with it"),
    .checks = ES_SENTENCES("make before break: reauthenticate with a new IKE SA first, or rekey "
                           "without reauthentication",
                           "lifetimes: rekey well before they end"),
    .reference = "RFC 7296, 2.8.3",
    .missing = ES_MISSING_ESP,
    .roots = ES_SENTENCES("rekey-failed", "pfs-mismatch", "dpd-unanswered",
                          "peer-dead-esp-continues", "sa-expired-no-rekey", "invalid-ike-spi",
                          "auth-failed", "ike-response-lost", "peer-restarted",
                          "nat-mapping-changed", "nat-mapping-expired", "nat-remap-blackhole"),
    .on_tunnel = gap,
};

static const struct es_rule rule_collision = {
    .id = "rekey-collision",
    .severity = ES_SEVERITY_WARNING,
    .title = "both peers rekeyed at once, and both new SAs stay",
    .explanation =
        "When rekeys cross, the SA made with the lowest nonce is deleted again. Here both stay, "
        "and "
        "the peers may disagree on which one to use. Crossing rekeys that are resolved are counted "
        "under child-rekey.",
    .causes = ES_SENTENCES("equal lifetimes without jitter on both peers",
                           "a daemon that does not resolve collisions"),
    .checks = ES_SENTENCES("set different lifetimes, or rekey on one side only",
                           "list the SAs on both peers: which SPIs do they send on?"),
    .reference = "RFC 7296, 2.8.1",
    .on_tunnel = collision,
};

static const struct es_rule *const rules[] = {&rule_failed, &rule_gap, &rule_collision};

const struct es_chapter es_chapter_rekey = {rules, ES_COUNT(rules)};
