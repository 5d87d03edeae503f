/*
 * Chapter: duplicates. Are there more SAs than the peers need?
 */
#include "catalogue.h"
#include "child.h"

#include <string.h>

static bool is_alive(const struct es_child_sa *child)
{
    return !child->withdrawn && !es_ref_seen(&child->deleted.ref) &&
           es_ref_seen(&child->created.ref) && (child->flows[0] || child->flows[1]);
}

/* --- Child SAs --- */

static bool same_networks(const struct es_selectors *a, const struct es_selectors *b)
{
    if (a->count == 0 || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct es_ike_selector *x = &a->items[i];
        const struct es_ike_selector *y = &b->items[i];
        if (x->type != y->type || x->protocol != y->protocol || x->start_port != y->start_port ||
            x->end_port != y->end_port || memcmp(&x->start, &y->start, sizeof(x->start)) != 0 ||
            memcmp(&x->end, &y->end, sizeof(x->end)) != 0)
            return false;
    }
    return true;
}

/* When ESP of that Child SA ended, either way. */
static es_time last_of(const struct es_child_sa *child)
{
    return es_child_last(child).time;
}

/*
 * Both are in use at the same time, long after the younger one was made. What is not a rekey of the
 * other by keys, or by behaviour: traffic that goes on with the older one.
 */
static bool live_together(const struct es_diagnosis *d, const struct es_child_sa *older,
                          const struct es_child_sa *younger)
{
    const es_time settled = younger->created.ref.time + es_limit_ns(d, ES_LIMIT_DUPLICATE_SPAN);
    return older->created.ref.time < younger->created.ref.time && last_of(older) > settled &&
           last_of(younger) > settled;
}

/* Keys say that the two carry the same; or say nothing. */
static bool may_be_duplicates(const struct es_child_sa *a, const struct es_child_sa *b, bool *known)
{
    *known = a->selectors[0].count && a->selectors[1].count && b->selectors[0].count &&
             b->selectors[1].count;
    return *known && same_networks(&a->selectors[0], &b->selectors[0]) &&
           same_networks(&a->selectors[1], &b->selectors[1]);
}

static void add_child(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_child_sa *older, const struct es_child_sa *younger)
{
    const struct es_tunnel *tunnel = older->tunnel;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->child = younger;
    f->ike_sa = younger->ike_sa;
    f->provenance = ES_PROVENANCE_DECRYPTED;
    f->reason = "traffic selectors were read with keys";
    f->summary = es_say(
        d, "two %ss for the same networks (%s to %s) live beside each other and both carry ESP",
        es_word_child_sa(tunnel),
        es_say_selectors(d, younger->selectors[0].items, younger->selectors[0].count),
        es_say_selectors(d, younger->selectors[1].items, younger->selectors[1].count));
    const struct es_packet_ref last = es_child_last(older);
    es_finding_peer(f, younger->created.side);
    es_finding_span(f, &younger->created.ref, &last, 2);
    es_finding_evidence(d, f, &older->created.ref, "the first is made");
    es_finding_evidence(d, f, &younger->created.ref, "the second is made");
    es_finding_evidence(d, f, &last, "the first still carries ESP");
    for (int side = 0; side < 2; side++) {
        es_finding_flow(f, older->flows[side]);
        es_finding_flow(f, younger->flows[side]);
    }
}

static void duplicate_child(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel)
{
    enum { LOOKED_AT = 24 }; /* pairs of them: a tunnel with more is looked at for its newest */
    const struct es_child_sa *alive[LOOKED_AT];
    size_t count = 0;
    int looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children;
         c && looked_at < ES_ONE_WAY_CHILDREN && count < LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        if (is_alive(c))
            alive[count++] = c;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            bool known;
            if (live_together(d, alive[k], alive[i]) &&
                may_be_duplicates(alive[k], alive[i], &known)) {
                add_child(rule, d, alive[k], alive[i]);
                return;
            }
        }
    }
}

/* --- IKE SAs --- */

/* Both were made in view, none replaced the other, and both answer long after the younger came. */
static bool both_live(const struct es_diagnosis *d, const struct es_ike_sa *older,
                      const struct es_ike_sa *younger)
{
    const es_time settled = younger->established.time + es_limit_ns(d, ES_LIMIT_DUPLICATE_SPAN);
    return older->state == ES_IKE_SA_ESTABLISHED && younger->state == ES_IKE_SA_ESTABLISHED &&
           !older->rekeyed_to && es_ref_seen(&younger->established) &&
           es_ref_seen(&older->established) && !younger->rekeys && older->last.time > settled &&
           younger->last.time >= younger->established.time && d->now > settled;
}

/* The newest answer within an IKE SA. */
static struct es_packet_ref last_answer(const struct es_ike_sa *sa)
{
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->answered)
            return e->response;
    }
    return (struct es_packet_ref){0};
}

static void duplicate_ike(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *younger = tunnel->last_ike_sa;
    int looked_at = 0;
    while (younger && younger->state != ES_IKE_SA_ESTABLISHED && looked_at++ < ES_IKE_SAS_JUDGED)
        younger = younger->older_in_tunnel;
    const struct es_ike_sa *older = younger ? younger->older_in_tunnel : NULL;
    for (looked_at = 0; older && looked_at < ES_IKE_SAS_JUDGED;
         older = older->older_in_tunnel, looked_at++) {
        if (!both_live(d, older, younger))
            continue;
        const struct es_packet_ref answer = last_answer(older);
        if (answer.time < younger->established.time + es_limit_ns(d, ES_LIMIT_DUPLICATE_SPAN))
            continue;
        struct es_finding *f = es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        f->ike_sa = younger;
        f->reason = "the SPIs are in clear, and requests within both are answered";
        f->summary = es_say(d,
                            "%s and %s keep two %ss beside each other: the older one still answers "
                            "%s after the younger one came up",
                            es_who(d, tunnel, 0), es_who(d, tunnel, 1), es_word_ike_sa(tunnel),
                            es_say_span(d, answer.time - younger->established.time));
        es_finding_peer(f, younger->initiator);
        es_finding_span(f, &younger->established, &answer, 2);
        es_finding_evidence(d, f, &older->established, "the older one is established");
        es_finding_evidence(d, f, &younger->established, "the younger one is established");
        es_finding_evidence(d, f, &answer, "an answer within the older one");
        return;
    }
}

static const struct es_rule rule_child = {
    .id = "duplicate-child-sa",
    .severity = ES_SEVERITY_WARNING,
    .title = "two Child SAs for the same traffic",
    .explanation =
        "Two Child SAs with equal traffic selectors are in use at the same time. That is legal "
        "(one for each CPU or class of service) but more often left over; without keys it cannot "
        "be "
        "told from two that carry different networks, so it is said with keys only.",
    .causes = ES_SENTENCES("both peers initiated the same Child SA",
                           "a rekey or reauthentication that did not delete the old one",
                           "several SAs on purpose: one for each CPU (RFC 9611), or for each class "
                           "of service"),
    .checks = ES_SENTENCES("list the Child SAs on both peers, and delete the older one",
                           "let one side only initiate"),
    .reference = "RFC 7296, 2.8; RFC 4301, 4.1",
    .roots = ES_SENTENCES("duplicate-ike-sa", "rekey-collision", "delete-missing"),
    .on_tunnel = duplicate_child,
};

static const struct es_rule rule_ike = {
    .id = "duplicate-ike-sa",
    .severity = ES_SEVERITY_WARNING,
    .title = "two IKE SAs between the same peers",
    .explanation =
        "Two IKE SAs live on beside each other for long, each with its own Child SAs and "
        "its own liveness checks. Which of them carries the traffic may differ on the "
        "two peers, and one that ends may take the wrong Child SAs with it.",
    .causes = ES_SENTENCES("both peers initiated at the same time, and neither gave way",
                           "a peer initiates anew and does not say INITIAL_CONTACT",
                           "duplicates are allowed by configuration (several users behind one "
                           "address: then it is as it should be)"),
    .checks = ES_SENTENCES("let one peer be passive, or turn on uniqueness of IKE SAs",
                           "list the IKE SAs on both peers, and delete the older one"),
    .reference = "RFC 7296, 2.4 and 2.8",
    .roots = ES_SENTENCES("ike-both-initiate", "peer-restarted"),
    .on_tunnel = duplicate_ike,
};

static const struct es_rule *const rules[] = {&rule_child, &rule_ike};

const struct es_chapter es_chapter_duplicate = {rules, ES_COUNT(rules)};
