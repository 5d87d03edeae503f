/*
 * Chapter: NAT keepalives. Who must send them, who does, and what they do not tell.
 */
#include "catalogue.h"
#include "judgement.h"

/*
 * Whether the mapping of a side depends on what it sends. A responder behind a NAT can be reached
 * from outside by a fixed mapping, or it would not have been asked.
 */
static bool needs_keepalives(const struct es_tunnel *tunnel, uint8_t side)
{
    const struct es_ike_sa *sa = es_nat_detecting_sa(tunnel);
    return tunnel->peers[side].behind_nat == ES_YES && sa && tunnel->esp_udp;
}

/* The longest silence of a side, the one that lasts included while the tunnel is up. */
static struct es_silence longest_silence(const struct es_diagnosis *d,
                                         const struct es_tunnel *tunnel, uint8_t side)
{
    struct es_silence longest = tunnel->peers[side].silence;
    const struct es_packet_ref *last = es_last_sign(tunnel, side);
    const bool waits = es_dpd_unanswered(d, tunnel, 1 - side) != NULL;
    if (last && !waits && es_tunnel_state(tunnel) == ES_TUNNEL_ESTABLISHED &&
        d->now - last->time > longest.to.time - longest.from.time)
        longest = (struct es_silence){*last, {.time = d->now}};
    return longest;
}

static void keepalive_missing(const struct es_rule *rule, struct es_diagnosis *d,
                              const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        if (!needs_keepalives(tunnel, side))
            continue;
        const struct es_silence silence = longest_silence(d, tunnel, side);
        const es_time span = silence.to.time - silence.from.time;
        if (!es_ref_seen(&silence.from) || span < es_limit_ns(d, ES_LIMIT_KEEPALIVE_SILENCE))
            continue;
        struct es_finding *f = es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        const struct es_ike_sa *sa = es_nat_detecting_sa(tunnel);
        const bool sure = es_nat_is_sure(tunnel, side);
        f->confidence = sure ? ES_CONFIDENCE_LIKELY : ES_CONFIDENCE_POSSIBLE;
        f->reason = sure ? "the NAT is certain, and the capture holds other packets of that time "
                           "or goes on behind it"
                         : "that there is a NAT follows from a hash only, which a peer that forces "
                           "encapsulation forges";
        if (sa->initiator != side) {
            f->severity = ES_SEVERITY_NOTE;
            f->reason = "a responder behind a NAT has a fixed mapping as a rule";
        }
        f->ike_sa = sa;
        f->summary = es_say(
            d,
            "%s is behind a NAT and sent nothing at all for %s, not even a keepalive%s: many "
            "NATs forget a UDP mapping after 30 to 120 s",
            es_who(d, tunnel, side), es_say_span(d, span),
            tunnel->peers[side].keepalives.count ? "" : " (it never sends any)");
        es_finding_peer(f, side);
        es_finding_span(f, &silence.from, es_ref_seen(&silence.to) ? &silence.to : &silence.from,
                        1);
        es_finding_evidence(d, f, &silence.from, "the last packet from %s",
                            es_who(d, tunnel, side));
        es_finding_evidence(d, f, &silence.to, "its next one");
        return;
    }
}

/* The packets of a side before its keepalives asked for something: evidence, or NULL. */
static const struct es_packet_ref *unanswered_before(const struct es_diagnosis *d,
                                                     const struct es_tunnel *tunnel, uint8_t side)
{
    const struct es_ike_sa *sa = tunnel->last_ike_sa;
    const struct es_exchange *e = sa ? es_unanswered(d, sa, side) : NULL;
    if (e)
        return &e->request;
    const struct es_child_sa *c = tunnel->children;
    for (int looked_at = 0; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        /* The other side answered on this SA before. */
        const struct es_run *run = &c->runs[side];
        const es_time span = run->last.time - run->first.time;
        if (run->packets >= es_limit(d, ES_LIMIT_ONE_WAY_PACKETS) && c->flows[1 - side] &&
            span >= es_limit_ns(d, ES_LIMIT_ONE_WAY_SPAN) &&
            span / (es_time)es_limit(d, ES_LIMIT_ONE_WAY_FACTOR) >= run->longest_span)
            return &run->first;
    }
    return NULL;
}

static void keepalive_only(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_tally *quiet = &tunnel->peers[side].quiet_keepalives;
        const uint8_t other = 1 - side;
        const struct es_packet_ref *asked = unanswered_before(d, tunnel, side);
        /* An idle tunnel looks the same: something must have been asked in vain. */
        if (quiet->count < es_limit(d, ES_LIMIT_KEEPALIVES_ONLY) || !asked ||
            asked->time > quiet->first.time || es_spoke_since(tunnel, other, asked->time))
            continue;
        const struct es_packet_ref *last = es_last_sign(tunnel, side);
        struct es_finding *f =
            last && last->time == quiet->last.time ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = "what it asked before was never answered, so this is no idle tunnel";
        f->ike_sa = tunnel->last_ike_sa;
        f->summary = es_say(d,
                            "%s got no answer from %s and sends only NAT keepalives since (%s over "
                            "%s), which nobody answers",
                            es_who(d, tunnel, side), es_who(d, tunnel, other),
                            es_say_count(d, quiet->count, "keepalive", "keepalives"),
                            es_say_span(d, quiet->last.time - quiet->first.time));
        es_finding_peer(f, other);
        es_finding_span(f, &quiet->first, &quiet->last, quiet->count);
        es_finding_evidence(d, f, asked, "what it asked in vain");
        es_finding_evidence(d, f, &quiet->first, "the first of only keepalives");
        es_finding_evidence(d, f, &quiet->last, "the last one");
        return;
    }
}

static void keepalive_wrong_side(const struct es_rule *rule, struct es_diagnosis *d,
                                 const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_tally *sent = &tunnel->peers[side].keepalives;
        const struct es_tally *others = &tunnel->peers[1 - side].keepalives;
        if (tunnel->peers[side].behind_nat != ES_NO || sent->count < 2 || others->count ||
            !es_nat_is_sure(tunnel, 1 - side))
            continue;
        struct es_finding *f = es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        f->ike_sa = es_nat_detecting_sa(tunnel);
        f->summary = es_say(d,
                            "NAT keepalives come from %s, which is not behind a NAT, and none from "
                            "%s, which is: they do not keep its mapping with every NAT",
                            es_who(d, tunnel, side), es_who(d, tunnel, 1 - side));
        es_finding_peer(f, 1 - side);
        es_finding_span(f, &sent->first, &sent->last, sent->count);
        es_finding_evidence(d, f, &sent->first, "a keepalive from outside of the NAT");
        return;
    }
}

static const struct es_rule rule_natt_keepalive_missing = {
    .id = "natt-keepalive-missing",
    .severity = ES_SEVERITY_WARNING,
    .title = "no NAT keepalives from behind the NAT",
    .explanation = "A NAT forgets a UDP mapping that is not used. The peer behind it has to send a "
                   "keepalive when it has nothing else to send; then packets from outside find it.",
    .causes = ES_SENTENCES("keepalives are switched off at the peer behind the NAT, or their "
                           "interval is long",
                           "the peer does not know that it is behind a NAT"),
    .checks = ES_SENTENCES("at the peer behind the NAT: NAT keepalive interval (20 s is usual)",
                           "at the NAT: its timeout for UDP"),
    .reference = "RFC 3948, 4; RFC 4787, 4.3",
    .roots = ES_SENTENCES("nat-mapping-expired", "nat-remap-blackhole"),
    .on_tunnel = keepalive_missing,
};

static const struct es_rule rule_natt_keepalive_only = {
    .id = "natt-keepalive-only",
    .severity = ES_SEVERITY_ERROR,
    .title = "nothing but keepalives after an unanswered question",
    .explanation = "A peer behind a NAT asked for something, got no answer, and sends keepalives "
                   "only. These need no answer and prove nothing about the other peer.",
    .causes = ES_SENTENCES("the other peer is dead or has lost the SA",
                           "packets towards the peer behind the NAT are dropped",
                           "the peer behind the NAT waits for a timeout to try anew"),
    .checks = ES_SENTENCES("at the silent peer: is it up, and does it list this SA?",
                           "at the peer behind the NAT: restart the tunnel; does the other side "
                           "answer then?",
                           "between the peers: UDP 500 and 4500 in both directions"),
    .reference = "RFC 3948, 2.3 and 4",
    .missing = ES_MISSING_IKE,
    .roots = ES_SENTENCES("peer-dead-esp-continues", "dpd-unanswered", "natt-4500-blocked",
                          "ike-auth-no-response", "ike-no-response", "esp-one-way", "rekey-failed",
                          "mobike-failed", "ike-response-lost"),
    .on_tunnel = keepalive_only,
};

static const struct es_rule rule_natt_keepalive_wrong_side = {
    .id = "natt-keepalive-wrong-side",
    .severity = ES_SEVERITY_NOTE,
    .title = "keepalives from the wrong side of the NAT",
    .explanation = "Keepalives have to come from behind the NAT: what comes from outside need not "
                   "refresh its mapping, and is dropped once the mapping is gone.",
    .causes = ES_SENTENCES("the peer outside was told to send them, the one inside was not"),
    .checks = ES_SENTENCES("at the peer behind the NAT: enable NAT keepalives"),
    .reference = "RFC 3948, 4; RFC 4787, 4.3",
    .on_tunnel = keepalive_wrong_side,
};

static const struct es_rule *const rules[] = {
    &rule_natt_keepalive_missing, &rule_natt_keepalive_only, &rule_natt_keepalive_wrong_side};

const struct es_chapter es_chapter_keepalive = {rules, ES_COUNT(rules)};
