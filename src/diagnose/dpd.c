/*
 * Chapter: how liveness is checked. Who asks, how often, or that nobody does.
 */
#include "catalogue.h"
#include "judgement.h"

#include <inttypes.h>

/* The liveness checks of one side in all IKE SAs of a tunnel. */
struct checks {
    uint64_t requests, answered;
    uint64_t intervals;
    es_time sum, min, max;
    const struct es_ike_sa *ike_sa; /* the newest with such */
    struct es_packet_ref last;
};

static struct checks checks_of(const struct es_tunnel *tunnel, uint8_t side)
{
    struct checks all = {0};
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const struct es_dpd *dpd = es_ike_sa_dpd(sa, side);
        if (dpd->requests == 0)
            continue;
        all.requests += dpd->requests;
        all.answered += dpd->answered;
        all.ike_sa = sa;
        all.last = dpd->last_request;
        if (dpd->interval_count == 0)
            continue;
        if (all.intervals == 0 || dpd->interval_min < all.min)
            all.min = dpd->interval_min;
        if (dpd->interval_max > all.max)
            all.max = dpd->interval_max;
        all.intervals += dpd->interval_count;
        all.sum += dpd->interval_sum;
    }
    return all;
}

static void dpd_one_sided(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const struct checks checks[2] = {checks_of(tunnel, 0), checks_of(tunnel, 1)};
    const uint8_t asker = checks[0].requests ? 0 : 1;
    if (checks[1 - asker].requests ||
        checks[asker].requests < es_limit(d, ES_LIMIT_UNANSWERED_PROBES))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const struct es_ike_sa *sa = checks[asker].ike_sa;
    const bool lacks_vid = sa->major == 1 && sa->birth_seen && sa->chosen.count &&
                           !(sa->vendor_traits[1 - asker] & ES_VENDOR_TRAIT_DPD);
    f->ike_sa = sa;
    f->summary =
        es_say(d, "only %s checks whether its peer lives (%s); %s never asks%s",
               es_who(d, tunnel, asker), es_say_count(d, checks[asker].requests, "time", "times"),
               es_who(d, tunnel, 1 - asker), lacks_vid ? ", and did not announce DPD" : "");
    es_finding_peer(f, 1 - asker);
    es_finding_span(f, &sa->first, &checks[asker].last, checks[asker].requests);
    es_finding_evidence(d, f, &checks[asker].last, "a liveness check of %s",
                        es_who(d, tunnel, asker));
}

static const char *say_rhythm(struct es_diagnosis *d, const struct es_tunnel *tunnel, uint8_t side,
                              const struct checks *checks)
{
    if (checks->intervals < 2)
        return "";
    return es_say(d, "%s asks every %s (%s to %s, %s, %" PRIu64 " answered)",
                  es_who(d, tunnel, side), es_say_span(d, checks->sum / (es_time)checks->intervals),
                  es_say_span(d, checks->min), es_say_span(d, checks->max),
                  es_say_count(d, checks->requests, "time", "times"), checks->answered);
}

static void dpd_interval(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct checks checks[2] = {checks_of(tunnel, 0), checks_of(tunnel, 1)};
    if (checks[0].intervals < 2 && checks[1].intervals < 2)
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const bool both = checks[0].intervals >= 2 && checks[1].intervals >= 2;
    const uint8_t one = checks[0].intervals >= 2 ? 0 : 1;
    f->ike_sa = checks[one].ike_sa;
    f->summary = es_say(d, "liveness checks: %s%s%s", say_rhythm(d, tunnel, 0, &checks[0]),
                        both ? "; " : "", say_rhythm(d, tunnel, 1, &checks[1]));
    es_finding_span(f, &tunnel->first, &checks[one].last, checks[0].requests + checks[1].requests);
    for (uint8_t side = 0; side < 2; side++)
        es_finding_evidence(d, f, &checks[side].last, "the last check of %s",
                            es_who(d, tunnel, side));
}

static void dpd_aggressive(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct checks checks = checks_of(tunnel, side);
        if (checks.intervals < es_limit(d, ES_LIMIT_DPD_SAMPLES) ||
            checks.sum / (es_time)checks.intervals >= es_limit_ns(d, ES_LIMIT_DPD_FAST))
            continue;
        struct es_finding *f = es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = "measured between the checks that were answered";
        f->ike_sa = checks.ike_sa;
        f->summary = es_say(d, "%s: a short outage makes it give the tunnel up",
                            say_rhythm(d, tunnel, side, &checks));
        es_finding_peer(f, side);
        es_finding_span(f, &checks.ike_sa->first, &checks.last, checks.requests);
        es_finding_evidence(d, f, &checks.last, "one of the checks");
        return;
    }
}

/* --- nobody asks --- */

static const struct es_packet_ref *later(const struct es_packet_ref *a, const struct es_tally *b)
{
    return b->count && (!a || b->last.time > a->time) ? &b->last : a;
}

/* The longest time without ESP and IKE, the one that lasts included. */
static struct es_silence longest_idle(const struct es_diagnosis *d, const struct es_tunnel *tunnel)
{
    struct es_silence longest = tunnel->idle;
    const struct es_packet_ref *last = NULL;
    for (int side = 0; side < 2; side++)
        last = later(later(last, &tunnel->peers[side].ike), &tunnel->peers[side].esp);
    if (last && d->now - last->time > longest.to.time - longest.from.time)
        longest = (struct es_silence){*last, {.time = d->now}};
    return longest;
}

/* The IKE SA that was up during that time, or NULL. */
static const struct es_ike_sa *up_during(const struct es_tunnel *tunnel,
                                         const struct es_silence *idle)
{
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa; sa = sa->older_in_tunnel) {
        const bool was_up = es_ref_seen(&sa->established)
                                ? sa->established.time <= idle->from.time
                                : !sa->birth_seen && sa->first.time <= idle->from.time;
        const bool ended = es_ref_seen(&sa->closed) && sa->closed.time <= idle->from.time;
        if (was_up && !ended && sa->state != ES_IKE_SA_FAILED)
            return sa;
    }
    return NULL;
}

enum { CLOCK_JUMP_S = 86400 }; /* longer is a jump of the clock, or files of different days */

static void dpd_absent(const struct es_rule *rule, struct es_diagnosis *d,
                       const struct es_tunnel *tunnel)
{
    const struct es_silence idle = longest_idle(d, tunnel);
    const es_time span = idle.to.time - idle.from.time;
    if (!es_ref_seen(&idle.from) || span < es_limit_ns(d, ES_LIMIT_DPD_ABSENT) ||
        span >= CLOCK_JUMP_S * ES_SECOND || checks_of(tunnel, 0).requests ||
        checks_of(tunnel, 1).requests)
        return;
    const struct es_ike_sa *sa = up_during(tunnel, &idle);
    struct es_finding *f = sa ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    /* Somebody talks to a peer that is silent since, and does not notice. */
    uint64_t in_vain = 0;
    for (int side = 0; side < 2; side++) {
        const struct es_unheard *unheard = &tunnel->unheard[side];
        if (unheard->packets > in_vain && unheard->first.time > idle.from.time &&
            tunnel->last.time - unheard->first.time >= es_limit_ns(d, ES_LIMIT_ONE_WAY_SPAN))
            in_vain = unheard->packets;
    }
    const bool harms = in_vain >= es_limit(d, ES_LIMIT_ONE_WAY_PACKETS);
    f->severity = harms ? rule->severity : ES_SEVERITY_NOTE;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "the capture goes on all that time and holds neither ESP nor IKE of this tunnel";
    f->ike_sa = sa;
    f->summary =
        es_say(d, "the tunnel was idle for %s and neither peer asked whether the other lives%s",
               es_say_span(d, span),
               harms ? "; what was sent since was not answered, and nobody noticed" : "");
    es_finding_span(f, &idle.from, es_ref_seen(&idle.to) ? &idle.to : &idle.from, 1);
    es_finding_evidence(d, f, &idle.from, "the last packet before");
    es_finding_evidence(d, f, &idle.to, "the next one");
}

static const struct es_rule rule_dpd_one_sided = {
    .id = "dpd-one-sided",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "only one peer checks liveness",
    .explanation =
        "One peer asks whether the other lives and the other one never does. While it is "
        "asked often enough it need not; if the asker dies, it will not notice.",
    .causes = ES_SENTENCES("DPD is configured on one side only",
                           "the other one hears often enough from its peer"),
    .checks = ES_SENTENCES("on both peers: DPD interval and action"),
    .reference = "RFC 7296, 2.4; RFC 3706, 5.5",
    .on_tunnel = dpd_one_sided,
};

static const struct es_rule rule_dpd_interval = {
    .id = "dpd-interval",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "how often liveness is checked",
    .explanation = "The measured time between liveness checks of each side. Stacks check only when "
                   "nothing else came, so it need not be the configured one.",
    .causes = ES_SENTENCES("the configured interval, and the traffic that makes checks needless"),
    .checks = ES_SENTENCES("hold it against the configured interval of each peer"),
    .reference = "RFC 7296, 2.4; RFC 3706, 5.5",
    .on_tunnel = dpd_interval,
};

static const struct es_rule rule_dpd_aggressive = {
    .id = "dpd-aggressive",
    .severity = ES_SEVERITY_WARNING,
    .title = "liveness is checked very often",
    .explanation = "With checks every few seconds and few retries a short outage, a rekey of many "
                   "tunnels or a busy peer is taken for its death, and the tunnel flaps.",
    .causes = ES_SENTENCES("a DPD interval of a few seconds is configured to fail over fast"),
    .checks = ES_SENTENCES("at the named peer: DPD interval and retries; 10 to 30 s is usual",
                           "is a routing protocol or a monitor inside the tunnel the better way to "
                           "fail over?"),
    .reference = "RFC 3706, 5.5; RFC 7296, 2.4",
    .on_tunnel = dpd_aggressive,
};

static const struct es_rule rule_dpd_absent = {
    .id = "dpd-absent",
    .severity = ES_SEVERITY_WARNING,
    .title = "nobody checks liveness",
    .explanation =
        "The tunnel is up and idle, and neither peer asks whether the other lives. If one "
        "dies or the path breaks, the other keeps the dead SAs and sends into the void "
        "until they expire.",
    .causes = ES_SENTENCES("DPD is off on both peers, or its interval is longer than this",
                           "some stacks check only when they have something to send"),
    .checks = ES_SENTENCES("on both peers: enable DPD, every 10 to 30 s of silence"),
    .reference = "RFC 7296, 2.4; RFC 3706, 5.5",
    .roots = ES_SENTENCES("esp-one-way", "nat-mapping-expired", "peer-restarted"),
    .on_tunnel = dpd_absent,
};

static const struct es_rule *const rules[] = {&rule_dpd_one_sided, &rule_dpd_interval,
                                              &rule_dpd_aggressive, &rule_dpd_absent};

const struct es_chapter es_chapter_dpd = {rules, ES_COUNT(rules)};
