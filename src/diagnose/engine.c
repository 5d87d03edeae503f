/*
 * The engine: lets every rule look at the model, then puts what they found in order: consequences
 * below their roots, the most severe first.
 */
#include "finding.h"

#include "espial/diagnose/vendor.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES_LIMIT = 256 << 20 };

const char *es_severity_name(enum es_severity severity)
{
    static const char *const names[] = {"note", "warning", "error"};
    return names[severity];
}

const char *es_confidence_name(enum es_confidence confidence)
{
    static const char *const names[] = {"possible", "likely", "certain"};
    return names[confidence];
}

const char *es_provenance_name(enum es_provenance provenance)
{
    static const char *const names[] = {"observed", "decrypted", "inferred"};
    return names[provenance];
}

const char *es_category_name(enum es_category category)
{
    static const char *const names[] = {"fault", "statistics", "posture"};
    return names[category];
}

static int compare_evidence(const void *a, const void *b)
{
    const struct es_packet_ref *x = &((const struct es_evidence *)a)->ref;
    const struct es_packet_ref *y = &((const struct es_evidence *)b)->ref;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* The rule's checks for one part, with the address that plays it in this finding. */
static void add_checks_at(struct es_diagnosis *d, struct es_finding *f, const char *const *checks,
                          bool initiator)
{
    const struct es_ike_sa *sa = f->ike_sa ? f->ike_sa : f->tunnel ? f->tunnel->last_ike_sa : NULL;
    const char *part = initiator ? "initiator" : "responder";
    for (; checks && *checks; checks++) {
        if (!sa)
            es_finding_check(d, f, "at the %s: %s", part, *checks);
        else
            es_finding_check(d, f, "at %s (%s): %s",
                             es_who(d, f->tunnel, initiator ? sa->initiator : 1 - sa->initiator),
                             part, *checks);
    }
}

/* What the peer to look at calls it, when its vendor ID tells who made it. */
static void add_vendor_words(struct es_diagnosis *d, struct es_finding *f)
{
    if (!f->has_peer || !f->tunnel)
        return;
    const enum es_vendor vendor = es_vendor_of(f->tunnel->peers[f->peer].vendor);
    const struct es_vendor_words *words = NULL;
    while (vendor != ES_VENDOR_NONE &&
           (words = es_vendor_words_next(vendor, f->rule->id, words)) != NULL)
        es_finding_check(d, f, "%s is a %s: %s: %s", es_who(d, f->tunnel, f->peer),
                         es_vendor_title(vendor), words->look, words->expect);
}

/* What every finding has, whatever its rule wrote: evidence in order, the rule's checks with those
 * of the peer to look at first, and no more certainty than the capture allows. */
static void complete(struct es_diagnosis *d, struct es_finding *f)
{
    const struct es_rule *rule = f->rule;
    qsort(f->evidence, f->evidence_count, sizeof(f->evidence[0]), compare_evidence);
    if (rule->category == ES_CATEGORY_FAULT)
        add_vendor_words(d, f);
    const bool initiator_first = f->role && strcmp(f->role, "initiator") == 0;
    if (initiator_first)
        add_checks_at(d, f, rule->checks_initiator, true);
    add_checks_at(d, f, rule->checks_responder, false);
    if (!initiator_first)
        add_checks_at(d, f, rule->checks_initiator, true);
    for (const char *const *check = rule->checks; check && *check; check++) {
        if (f->check_count < ES_FINDING_CHECKS_MAX)
            f->checks[f->check_count++] = *check;
    }
    es_coverage_judge(d, f);
}

/* Takes out what the capture could not have shown. */
static struct es_finding *drop_withdrawn(struct es_finding *list)
{
    for (struct es_finding **link = &list; *link;) {
        if ((*link)->withdrawn)
            *link = (*link)->next;
        else
            link = &(*link)->next;
    }
    return list;
}

static bool is_root_of(const struct es_finding *root, const struct es_finding *f)
{
    if (root == f || root->tunnel != f->tunnel)
        return false;
    /* A note explains no fault away. */
    if (root->severity == ES_SEVERITY_NOTE && f->severity != ES_SEVERITY_NOTE)
        return false;
    for (const char *const *id = f->rule->roots; id && *id; id++) {
        if (strcmp(root->rule->id, *id) == 0)
            return true;
    }
    return false;
}

static struct es_finding *top_of(struct es_finding *f)
{
    while (f->root)
        f = f->root;
    return f;
}

/* The worst finding of the same tunnel that explains this one, or what that one hangs below. */
static struct es_finding *find_root(struct es_finding *of_tunnel, const struct es_finding *f)
{
    for (; of_tunnel; of_tunnel = of_tunnel->next_in_tunnel) {
        if (is_root_of(of_tunnel, f) && top_of(of_tunnel) != f)
            return top_of(of_tunnel);
    }
    return NULL;
}

/* The findings of each tunnel as a list by `next_in_tunnel`, in the order of the whole. */
static struct es_finding **list_by_tunnel(struct es_diagnosis *d)
{
    const size_t count = d->model->tunnel_count;
    struct es_finding **first = es_arena_alloc(&d->arena, count * sizeof(struct es_finding *));
    struct es_finding **last = es_arena_alloc(&d->arena, count * sizeof(struct es_finding *));
    if (!first || !last)
        return NULL;
    for (struct es_finding *f = d->findings; f; f = f->next) {
        if (!f->tunnel)
            continue;
        const uint32_t slot = f->tunnel->slot;
        *(last[slot] ? &last[slot]->next_in_tunnel : &first[slot]) = f;
        last[slot] = f;
    }
    return first;
}

static void hang(struct es_finding *root, struct es_finding *f)
{
    f->root = root;
    f->next = root->consequences;
    root->consequences = f;
    /* What hung below it moves up with it. */
    while (f->consequences) {
        struct es_finding *below = f->consequences;
        f->consequences = below->next;
        below->next = root->consequences;
        root->consequences = below;
    }
}

/* Hangs each finding that has a root in the list below it. Roots themselves stay in the list. */
static void hang_consequences(struct es_diagnosis *d)
{
    struct es_finding **of_tunnel = list_by_tunnel(d);
    struct es_finding **link = &d->findings;
    if (!of_tunnel) {
        d->failed = true;
        return;
    }
    while (*link) {
        struct es_finding *f = *link;
        struct es_finding *root =
            f->rule->roots && f->tunnel ? find_root(of_tunnel[f->tunnel->slot], f) : NULL;
        if (!root) {
            link = &f->next;
            continue;
        }
        *link = f->next;
        hang(root, f);
    }
}

/* Severity, faults before what stands beside them, then confidence, then time. */
static int compare(const void *a, const void *b)
{
    const struct es_finding *x = *(const struct es_finding *const *)a;
    const struct es_finding *y = *(const struct es_finding *const *)b;
    if (x->severity != y->severity)
        return (int)y->severity - (int)x->severity;
    if (x->rule->category != y->rule->category)
        return (int)x->rule->category - (int)y->rule->category;
    if (x->confidence != y->confidence)
        return (int)y->confidence - (int)x->confidence;
    if (x->first.time != y->first.time)
        return x->first.time < y->first.time ? -1 : 1;
    return (x->first.number > y->first.number) - (x->first.number < y->first.number);
}

static void sort(struct es_diagnosis *d)
{
    size_t count = 0;
    for (const struct es_finding *f = d->findings; f; f = f->next)
        count++;
    struct es_finding **order = es_arena_alloc(&d->arena, count * sizeof(*order));
    if (!order)
        return;
    size_t i = 0;
    for (struct es_finding *f = d->findings; f; f = f->next)
        order[i++] = f;
    qsort(order, count, sizeof(*order), compare);
    d->findings = NULL;
    for (i = count; i > 0; i--) {
        order[i - 1]->next = d->findings;
        d->findings = order[i - 1];
    }
}

/* What was the same for too many tunnels to be told one by one. */
static void fold_asides(struct es_diagnosis *d, size_t count)
{
    for (d->rule_at = 0; d->rule_at < count; d->rule_at++) {
        const struct es_rule *rule = es_rule_at(d->rule_at);
        const uint64_t told = es_limit(d, ES_LIMIT_ASIDES);
        const uint64_t all = d->asides[d->rule_at];
        struct es_finding *f = all > told ? es_finding_add(d, rule, NULL) : NULL;
        if (!f)
            continue;
        f->summary =
            es_say(d, "%s more: %s", es_say_count(d, all - told, "tunnel", "tunnels"), rule->title);
        es_finding_span(f, &d->model->first, &d->model->last, all - told);
        es_finding_evidence(d, f, &d->model->first, "the capture begins");
    }
}

static void evaluate(struct es_diagnosis *d)
{
    const size_t count = es_rule_count();
    const struct es_rule **rules =
        es_arena_alloc(&d->arena, count * sizeof(const struct es_rule *));
    d->asides = es_arena_alloc(&d->arena, count * sizeof(*d->asides));
    if (!d->asides || !rules) {
        d->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        rules[i] = es_rule_at(i);
        if (rules[i]->on_model)
            rules[i]->on_model(rules[i], d);
    }
    /* Tunnel by tunnel, so that those of one stand together: es_found_before() relies on it. */
    for (const struct es_tunnel *t = d->model->tunnels; t; t = t->next) {
        for (d->rule_at = 0; d->rule_at < count; d->rule_at++) {
            const struct es_rule *rule = rules[d->rule_at];
            if (rule->on_tunnel)
                rule->on_tunnel(rule, d, t);
        }
    }
    fold_asides(d, count);
}

void es_diagnosis_free(struct es_diagnosis *d)
{
    if (!d)
        return;
    es_arena_fini(&d->arena);
    free(d);
}

struct es_diagnosis *es_diagnose(const struct es_model *model, const struct es_coverage *coverage,
                                 const struct es_thresholds *thresholds, es_time now)
{
    struct es_diagnosis *d = calloc(1, sizeof(*d));
    if (!d)
        return NULL;
    es_arena_init(&d->arena, ARENA_BYTES_LIMIT);
    d->model = model;
    d->coverage = es_arena_copy(&d->arena, coverage, sizeof(*coverage));
    d->now = now;
    if (thresholds)
        d->thresholds = *thresholds;
    else
        es_thresholds_init(&d->thresholds);
    if (!d->coverage) {
        es_diagnosis_free(d);
        return NULL;
    }
    evaluate(d);
    for (struct es_finding *f = d->findings; f; f = f->next)
        complete(d, f);
    d->findings = drop_withdrawn(d->findings);
    sort(d);
    hang_consequences(d);
    for (const struct es_finding *f = d->findings; f; f = f->next)
        d->counts[f->severity]++;
    es_verdict(d);
    /* What is missing, nobody could tell. */
    if (d->arena.starved) {
        es_diagnosis_free(d);
        return NULL;
    }
    return d;
}

bool es_diagnosis_is_whole(const struct es_diagnosis *d)
{
    return !d->arena.starved;
}

const struct es_finding *es_diagnosis_findings(const struct es_diagnosis *d)
{
    return d->findings;
}

size_t es_diagnosis_count(const struct es_diagnosis *d, enum es_severity severity)
{
    return d->counts[severity];
}

const char *es_diagnosis_verdict(const struct es_diagnosis *d)
{
    return d->verdict;
}
