/*
 * Chapter: lifetimes. How often are SAs replaced, by whom, and do any end without that?
 */
#include "catalogue.h"
#include "child.h"

#include <inttypes.h>
#include <stdlib.h>

/* --- how often --- */

/* What the rekeys of a tunnel were, of its newest SAs. */
struct rekeys {
    uint64_t count, by[2]; /* by whoever asked */
    es_time intervals[ES_ONE_WAY_CHILDREN];
    uint64_t bytes[ES_ONE_WAY_CHILDREN]; /* both ways, on the replaced SA; 0: not known */
    size_t interval_count, byte_count;
    struct es_packet_ref first, last;
};

static void add_rekey(struct rekeys *r, uint8_t side, const struct es_packet_ref *ref)
{
    r->count++;
    r->by[side]++;
    r->first = *ref; /* the list runs backwards */
    if (r->count == 1)
        r->last = *ref;
}

/* A rekey in the strict sense: not the first Child SA of a new IKE SA. */
static bool is_rekey(const struct es_child_sa *child)
{
    const struct es_child_sa *old = child->rekeys;
    if (!old || es_child_is_beside(old) || child->withdrawn || old->withdrawn ||
        !es_ref_seen(&child->created.ref) || (!child->flows[0] && !child->flows[1]))
        return false;
    int looked_at = 0;
    const struct es_ike_sa *maker = old->ike_sa;
    while (maker && maker != child->ike_sa && maker->rekeyed_to && looked_at++ < ES_IKE_SAS_JUDGED)
        maker = maker->rekeyed_to;
    return !old->ike_sa || maker == child->ike_sa || child->ike_sa->major == 1;
}

static struct rekeys child_rekeys(const struct es_tunnel *tunnel)
{
    struct rekeys r = {0};
    int looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        if (!is_rekey(c))
            continue;
        add_rekey(&r, c->created.side, &c->created.ref);
        if (!es_ref_seen(&c->rekeys->created.ref))
            continue;
        r.intervals[r.interval_count++] = c->created.ref.time - c->rekeys->created.ref.time;
        if (c->rekeys->bytes_at_rekey)
            r.bytes[r.byte_count++] = c->rekeys->bytes_at_rekey;
    }
    return r;
}

static struct rekeys ike_rekeys(const struct es_tunnel *tunnel)
{
    struct rekeys r = {0};
    int looked_at = 0;
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa && looked_at < ES_ONE_WAY_CHILDREN;
         sa = sa->older_in_tunnel, looked_at++) {
        if (!sa->rekeys)
            continue;
        add_rekey(&r, sa->initiator, &sa->first);
        const struct es_packet_ref *since =
            sa->rekeys->rekeys ? &sa->rekeys->first : &sa->rekeys->established;
        if (es_ref_seen(since))
            r.intervals[r.interval_count++] = sa->first.time - since->time;
    }
    return r;
}

static int compare_times(const void *a, const void *b)
{
    const es_time x = *(const es_time *)a;
    const es_time y = *(const es_time *)b;
    return (x > y) - (x < y);
}

static es_time median(const struct rekeys *r)
{
    es_time sorted[ES_ONE_WAY_CHILDREN];
    for (size_t i = 0; i < r->interval_count; i++)
        sorted[i] = r->intervals[i];
    qsort(sorted, r->interval_count, sizeof(sorted[0]), compare_times);
    return r->interval_count ? sorted[r->interval_count / 2] : 0;
}

/* Every value is within this part of the greatest. */
static bool is_constant(const uint64_t *values, size_t count, uint64_t percent)
{
    uint64_t least = UINT64_MAX, most = 0;
    for (size_t i = 0; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    return count > 0 && (most - least) <= most / 100 * percent;
}

/* Rekeyed at the same count of bytes each time, while the time it took varies. */
static bool is_by_volume(const struct es_diagnosis *d, const struct rekeys *r)
{
    uint64_t times[ES_ONE_WAY_CHILDREN];
    const uint64_t percent = es_limit(d, ES_LIMIT_REKEY_VOLUME);
    if (r->byte_count < es_limit(d, ES_LIMIT_REKEYS_JUDGED))
        return false;
    for (size_t i = 0; i < r->interval_count; i++)
        times[i] = r->intervals[i] > 0 ? (uint64_t)r->intervals[i] : 0;
    return is_constant(r->bytes, r->byte_count, percent) &&
           !is_constant(times, r->interval_count, 2 * percent);
}

static void too_frequent(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct rekeys child = child_rekeys(tunnel);
    const struct rekeys ike = ike_rekeys(tunnel);
    const uint64_t least = es_limit(d, ES_LIMIT_REKEYS_JUDGED);
    const bool by_volume = is_by_volume(d, &child);
    const bool is_child = by_volume || (child.interval_count >= least &&
                                        median(&child) < es_limit_ns(d, ES_LIMIT_REKEY_INTERVAL));
    const struct rekeys *r = is_child ? &child : &ike;
    if (!by_volume &&
        (r->interval_count < least || median(r) >= es_limit_ns(d, ES_LIMIT_REKEY_INTERVAL)))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const uint8_t side = r->by[1] > r->by[0] ? 1 : 0;
    const bool often = median(r) < es_limit_ns(d, ES_LIMIT_REKEY_INTERVAL);
    if (!often)
        f->severity = ES_SEVERITY_NOTE;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "rekeys are known by exchange type and length, and by the SPIs that change";
    f->summary = es_say(
        d, "the %s is rekeyed every %s (%s, %" PRIu64 " by %s)%s",
        is_child ? es_word_child_sa(tunnel) : es_word_ike_sa(tunnel), es_say_span(d, median(r)),
        es_say_count(d, r->count, "rekey", "rekeys"), r->by[side], es_who(d, tunnel, side),
        by_volume ? es_say(d, ", each time after %" PRIu64 " bytes or so: a volume lifetime",
                           child.bytes[0])
                  : "");
    es_finding_peer(f, side);
    es_finding_span(f, &r->first, &r->last, r->count);
    es_finding_evidence(d, f, &r->first, "the first rekey");
    es_finding_evidence(d, f, &r->last, "the last one");
}

static const char *say_who(struct es_diagnosis *d, const struct es_tunnel *tunnel,
                           const struct rekeys *r)
{
    if (r->by[0] && r->by[1])
        return es_say(d, "%" PRIu64 " by %s, %" PRIu64 " by %s", r->by[0], es_who(d, tunnel, 0),
                      r->by[1], es_who(d, tunnel, 1));
    return es_say(d, "%sby %s", r->count > 1 ? "all " : "", es_who(d, tunnel, r->by[1] ? 1 : 0));
}

static void add_statistics(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel, const struct rekeys *r, const char *what,
                           uint64_t collisions)
{
    struct es_finding *f = r->count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "rekeys are known by exchange type and length, and by the SPIs that change";
    f->summary = es_say(d, "%s rekeyed %s, %s%s%s", what,
                        r->count == 1 ? "once" : es_say_count(d, r->count, "time", "times"),
                        say_who(d, tunnel, r),
                        r->interval_count ? es_say(d, ", after %s%s", es_say_span(d, median(r)),
                                                   r->interval_count > 1 ? " in the median" : "")
                                          : "",
                        collisions ? es_say(d, ", %s of requests that crossed",
                                            es_say_count(d, collisions, "pair", "pairs"))
                                   : "");
    es_finding_span(f, &r->first, &r->last, r->count);
    es_finding_evidence(d, f, &r->first, "the first rekey");
    if (r->count > 1)
        es_finding_evidence(d, f, &r->last, "the last one");
}

static void ike_statistics(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    const struct rekeys r = ike_rekeys(tunnel);
    add_statistics(rule, d, tunnel, &r, es_word_ike_sa(tunnel), 0);
}

static void child_statistics(const struct es_rule *rule, struct es_diagnosis *d,
                             const struct es_tunnel *tunnel)
{
    const struct rekeys r = child_rekeys(tunnel);
    uint64_t collisions = 0;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel)
        collisions += es_ike_sa_odd(sa)->collisions.count;
    add_statistics(rule, d, tunnel, &r, es_word_child_sa(tunnel), collisions);
}

/* --- lifetimes --- */

/* The lifetime in seconds that stands in an IKEv1 offer or choice; 0: none. RFC 2409, appendix A.
 */
static uint32_t lifetime_of(const struct es_offer *offer)
{
    enum { LIFE_SECONDS = 1 };
    for (size_t i = 0; i < offer->count; i++) {
        const struct es_ike_transform *t = &offer->transforms[i];
        if (t->type == ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_LIFE_DURATION && t->id == LIFE_SECONDS)
            return t->value;
    }
    return 0;
}

/* What each side asks for: in its own offers, or, where it answers otherwise, in its choice. */
static void lifetimes(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    uint32_t seconds[2] = {0, 0};
    struct es_packet_ref where[2] = {{0}, {0}};
    const struct es_ike_sa *of = NULL;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const uint32_t offered = sa->major == 1 ? lifetime_of(&sa->offered) : 0;
        const uint32_t chosen = sa->major == 1 ? lifetime_of(&sa->chosen) : 0;
        const uint8_t side = sa->initiator;
        if (offered) {
            seconds[side] = offered;
            where[side] = sa->first;
            of = sa;
        }
        if (chosen && chosen != offered) {
            seconds[1 - side] = chosen;
            where[1 - side] = sa->first;
        }
    }
    if (!seconds[0] || !seconds[1] || seconds[0] == seconds[1])
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->ike_sa = of;
    f->summary = es_say(d, "%s has a phase 1 lifetime of %" PRIu32 " s and %s one of %" PRIu32 " s",
                        es_who(d, tunnel, 0), seconds[0], es_who(d, tunnel, 1), seconds[1]);
    const bool in_order = where[0].time <= where[1].time;
    es_finding_span(f, &where[in_order ? 0 : 1], &where[in_order ? 1 : 0], 1);
    es_finding_evidence(d, f, &where[0], "%" PRIu32 " s", seconds[0]);
    es_finding_evidence(d, f, &where[1], "%" PRIu32 " s", seconds[1]);
}

/* Lifetimes as people set them and vendors ship them, in seconds. */
static const uint32_t usual_lifetimes[] = {
    60,   120,  180,  300,   600,   900,   1200,  1500,  1800,  2700,
    3600, 5400, 7200, 10800, 14400, 21600, 28800, 43200, 86400,
};

/* The lifetime that ended between this packet of a flow and the next one that was due; 0: none. */
static uint32_t expired_lifetime(es_time age, es_time interval)
{
    for (size_t i = 0; i < ES_COUNT(usual_lifetimes); i++) {
        const es_time life = usual_lifetimes[i] * ES_SECOND;
        if (age <= life + ES_SECOND && age + interval + interval / 2 + ES_SECOND >= life)
            return usual_lifetimes[i];
    }
    return 0;
}

static bool was_asked_since(const struct es_ike_sa *sa, es_time time)
{
    for (int side = 0; side < 2; side++) {
        if (sa->requests[side].asked.count && sa->requests[side].asked.last.time > time)
            return true;
    }
    return false;
}

/* The lifetime after which `side` stopped using the Child SA that the other goes on with. */
static uint32_t ended_at(const struct es_diagnosis *d, const struct es_child_sa *c, uint8_t side)
{
    const struct es_flow *ended = c->flows[side];
    const struct es_flow *other = c->flows[1 - side];
    if (c->withdrawn || c->rekeyed_by || !es_ref_seen(&c->created.ref) ||
        es_ref_seen(&c->deleted.ref) || !ended || !other || !c->ike_sa ||
        ended->packets < es_limit(d, ES_LIMIT_EXPIRY_PACKETS) ||
        was_asked_since(c->ike_sa, c->created.ref.time))
        return 0;
    const es_time silence = other->last.time - ended->last.time;
    if (silence < es_limit_ns(d, ES_LIMIT_EXPIRY_SILENCE) || silence / 2 < ended->longest_pause ||
        !es_spoke_since(c->tunnel, side, ended->last.time + ES_SECOND))
        return 0;
    return expired_lifetime(ended->last.time - c->created.ref.time, es_flow_interval(ended));
}

static void expired(const struct es_rule *rule, struct es_diagnosis *d,
                    const struct es_tunnel *tunnel)
{
    int looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        const uint8_t side = ended_at(d, c, 0) ? 0 : 1;
        const uint32_t lifetime = ended_at(d, c, side);
        if (!lifetime)
            continue;
        struct es_finding *f = es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        enum { LONG_LIFETIME_S = 600 };
        const struct es_flow *flow = c->flows[side];
        f->child = c;
        f->ike_sa = c->ike_sa;
        f->provenance = ES_PROVENANCE_INFERRED;
        f->confidence = lifetime >= LONG_LIFETIME_S ? ES_CONFIDENCE_LIKELY : ES_CONFIDENCE_POSSIBLE;
        f->reason = "it was in steady use, its end falls on a usual lifetime, the IKE SA lives on "
                    "and nobody asked for a new SA; another fault at that moment looks the same";
        f->summary = es_say(d,
                            "%s sends nothing more on the %s since it was %" PRIu32 " s old, while "
                            "%s goes on: it seems to have ended there, and nobody rekeyed it",
                            es_who(d, tunnel, side), es_word_child_sa(tunnel), lifetime,
                            es_who(d, tunnel, 1 - side));
        es_finding_peer(f, side);
        es_finding_span(f, &flow->last, &c->flows[1 - side]->last, 1);
        es_finding_flow(f, flow);
        es_finding_flow(f, c->flows[1 - side]);
        es_finding_evidence(d, f, &c->created.ref, "the %s is made", es_word_child_sa(tunnel));
        es_finding_evidence(d, f, &flow->last, "the last ESP packet of %s",
                            es_who(d, tunnel, side));
        es_finding_evidence(d, f, &c->flows[1 - side]->last, "%s still sends",
                            es_who(d, tunnel, 1 - side));
        return;
    }
}

static const struct es_rule rule_too_frequent = {
    .id = "rekey-too-frequent",
    .severity = ES_SEVERITY_WARNING,
    .title = "rekeys follow each other very fast",
    .explanation = "Each rekey costs both peers a negotiation and risks a gap.",
    .causes = ES_SENTENCES("a lifetime in the wrong unit (seconds for minutes)",
                           "a volume lifetime that fast traffic uses up at once",
                           "a rekey margin nearly as long as the lifetime",
                           "each new SA is rejected and made again"),
    .checks = ES_SENTENCES("time and volume lifetimes of both peers"),
    .reference = "RFC 7296, 2.8",
    .on_tunnel = too_frequent,
};

static const struct es_rule rule_lifetimes = {
    .id = "lifetime-mismatch",
    .severity = ES_SEVERITY_NOTE,
    .title = "the phase 1 lifetimes differ",
    .explanation = "The peers offer different lifetimes. The shorter one should rule; where a peer "
                   "only waits for its own, tunnels end on one side first.",
    .causes = ES_SENTENCES("the lifetimes were set independently of each other"),
    .checks = ES_SENTENCES("set the same phase 1 lifetime on both peers"),
    .reference = "RFC 2407, 4.5.4; RFC 2409, appendix A",
    .on_tunnel = lifetimes,
};

static const struct es_rule rule_expired = {
    .id = "sa-expired-no-rekey",
    .severity = ES_SEVERITY_ERROR,
    .title = "an SA ran out and nobody rekeyed it",
    .explanation = "A Child SA in steady use ends on one side when its lifetime is over, without a "
                   "rekey before and without a Delete that the other side hears. The IKE SA lives "
                   "on.",
    .causes = ES_SENTENCES("rekeying is off, or its margin is longer than the lifetime",
                           "each side leaves the rekey to the other one", "the Delete was lost"),
    .checks = ES_SENTENCES("lifetime, rekey time and rekey margin of phase 2 on both peers",
                           "list the SAs on both peers: who still has it?"),
    .reference = "RFC 7296, 2.8; RFC 4301, 4.4.2.1",
    .missing = ES_MISSING_ESP,
    .roots = ES_SENTENCES("rekey-failed", "pfs-mismatch"),
    .on_tunnel = expired,
};

static const struct es_rule rule_ike_rekey = {
    .id = "ike-rekey",
    .category = ES_CATEGORY_STATISTICS,
    .severity = ES_SEVERITY_NOTE,
    .title = "rekeys of the IKE SA",
    .explanation = "How often the IKE SA was replaced without a new IKE_SA_INIT, and by whom. Its "
                   "SPIs change; ESP goes on with its own.",
    .causes = ES_SENTENCES("its lifetime, as it should be"),
    .checks = ES_SENTENCES("nothing to do"),
    .reference = "RFC 7296, 2.8 and 2.18",
    .on_tunnel = ike_statistics,
};

static const struct es_rule rule_child_rekey = {
    .id = "child-rekey",
    .category = ES_CATEGORY_STATISTICS,
    .severity = ES_SEVERITY_NOTE,
    .title = "rekeys of the Child SA",
    .explanation = "How often a Child SA (IKEv1: phase 2 SA) was replaced by another, by whom, and "
                   "after what time, which estimates the lifetime of the side that asks.",
    .causes = ES_SENTENCES("its lifetime, as it should be"),
    .checks = ES_SENTENCES("nothing to do"),
    .reference = "RFC 7296, 2.8",
    .on_tunnel = child_statistics,
};

static const struct es_rule *const rules[] = {
    &rule_too_frequent, &rule_lifetimes, &rule_expired, &rule_ike_rekey, &rule_child_rekey,
};

const struct es_chapter es_chapter_lifetime = {rules, ES_COUNT(rules)};
