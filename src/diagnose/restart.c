/*
 * Chapter: a peer that began anew without closing what it had.
 */
#include "catalogue.h"
#include "judgement.h"

/* The last ESP of a side on Child SAs of that IKE SA, or NULL. */
static const struct es_packet_ref *last_esp_of(const struct es_tunnel *tunnel,
                                               const struct es_ike_sa *sa, uint8_t side)
{
    const struct es_packet_ref *last = NULL;
    const struct es_child_sa *c = tunnel->children;
    for (int looked_at = 0; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        const struct es_flow *flow = c->flows[side];
        if (c->ike_sa == sa && flow && (!last || flow->last.time > last->time))
            last = &flow->last;
    }
    return last;
}

/* A side's last message in an IKE SA, as far as exchanges are kept; 0: none. */
static es_time last_ike_of(const struct es_ike_sa *sa, uint8_t side)
{
    es_time last = 0;
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        const struct es_packet_ref *ref = e->side == side ? &e->last_request : &e->response;
        if (es_ref_seen(ref) && ref->time > last)
            last = ref->time;
    }
    return last;
}

/*
 * `sa` was begun by a peer that still had `old` with the other one, did not close it, and never
 * used it again, while the other one did: a restart. A peer that reauthenticates deletes the old
 * one or uses it until then. RFC 7296, 2.4 and 2.8.3.
 */
static const struct es_packet_ref *forgot(const struct es_diagnosis *d,
                                          const struct es_tunnel *tunnel,
                                          const struct es_ike_sa *sa, const struct es_ike_sa *old)
{
    const uint8_t starter = sa->initiator;
    const es_time grace = es_limit_ns(d, ES_LIMIT_SWITCHOVER);
    if (!sa->birth_seen || old == sa || old->rekeyed_to || old->state == ES_IKE_SA_FAILED ||
        old->state == ES_IKE_SA_NEGOTIATING || old->state == ES_IKE_SA_UNKNOWN ||
        (es_ref_seen(&old->closed) && old->closed.time <= sa->first.time) ||
        sa->state != ES_IKE_SA_ESTABLISHED || old->first.time >= sa->first.time ||
        /* The two sides may have begun at the same time. */
        sa->first.time - old->first.time < grace / 2)
        return NULL;
    const struct es_packet_ref *own = last_esp_of(tunnel, old, starter);
    const struct es_packet_ref *others = last_esp_of(tunnel, old, 1 - starter);
    if (!own || !others || own->time >= sa->first.time ||
        last_ike_of(old, starter) >= sa->first.time || others->time <= own->time)
        return NULL;
    /* What the other one sent after the starter's last packet was lost. */
    const bool is_silence = others->time - own->time >= es_limit_ns(d, ES_LIMIT_RESTART_SILENCE);
    /* A new ISAKMP SA leaves the phase 2 SAs as they are: then the other one goes on with them. */
    if (sa->major == 1 && others->time - sa->established.time > grace)
        return NULL;
    const bool is_over = d->now - sa->first.time >= es_limit_ns(d, ES_LIMIT_PATIENCE);
    return is_silence && is_over ? others : NULL;
}

static void peer_restarted(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    enum { SAS_LOOKED_AT = 64 };
    const struct es_ike_sa *sa = tunnel->last_ike_sa;
    for (int looked_at = 0; sa && looked_at < SAS_LOOKED_AT;
         sa = sa->older_in_tunnel, looked_at++) {
        const struct es_ike_sa *old = sa->older_in_tunnel;
        const struct es_packet_ref *others = old ? forgot(d, tunnel, sa, old) : NULL;
        struct es_finding *f = others ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        const uint8_t starter = sa->initiator;
        const struct es_packet_ref *own = last_esp_of(tunnel, old, starter);
        const bool says_so =
            sa->major == 2 && es_notified(&sa->disclosed[starter], ES_IKE_NOTIFY_INITIAL_CONTACT);
        f->confidence = says_so          ? ES_CONFIDENCE_CERTAIN
                        : sa->major == 1 ? ES_CONFIDENCE_POSSIBLE
                                         : ES_CONFIDENCE_LIKELY;
        f->provenance = says_so ? ES_PROVENANCE_DECRYPTED : ES_PROVENANCE_INFERRED;
        f->reason = says_so ? "it says so itself: INITIAL_CONTACT, it knows of no other SA"
                            : "it began anew without a Delete and never used the old SAs again, "
                              "though the other one did";
        f->ike_sa = sa;
        f->summary =
            es_say(d,
                   "%s fell silent, then began a new %s without closing the old one; %s "
                   "went on with the old SAs for %s",
                   es_who(d, tunnel, starter), es_word_ike_sa(tunnel),
                   es_who(d, tunnel, 1 - starter), es_say_span(d, others->time - own->time));
        es_finding_peer(f, starter);
        es_finding_span(f, own, &sa->first, 1);
        es_finding_evidence(d, f, own, "the last ESP from %s on the old SA",
                            es_who(d, tunnel, starter));
        es_finding_evidence(d, f, &sa->first, "its first message of a new negotiation");
        es_finding_evidence(d, f, others, "the last ESP of %s on the old SA",
                            es_who(d, tunnel, 1 - starter));
        return;
    }
}

static const struct es_rule rule_peer_restarted = {
    .id = "peer-restarted",
    .severity = ES_SEVERITY_WARNING,
    .title = "a peer restarted",
    .explanation =
        "A peer lost its SAs and negotiated anew, while the other one still used the old "
        "ones: what was sent on them meanwhile is lost.",
    .causes = ES_SENTENCES("the peer's daemon or system crashed, was restarted or updated",
                           "a cluster failed over to a member that does not know the SAs",
                           "an administrator cleared the SAs on one side only"),
    .checks =
        ES_SENTENCES("at the named peer: uptime of the system and of the IKE daemon, crash and "
                     "failover logs at the time given",
                     "at the other peer: a DPD interval that notices sooner"),
    .reference = "RFC 7296, 2.4; RFC 6290",
    .on_tunnel = peer_restarted,
};

static const struct es_rule *const rules[] = {&rule_peer_restarted};

const struct es_chapter es_chapter_restart = {rules, ES_COUNT(rules)};
