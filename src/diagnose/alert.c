/*
 * Alerts: findings of one look held against those of the last.
 */
#include "espial/diagnose/alert.h"

#include "finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A thousand tunnels with as many faults are one outage: more would not be read. */
enum { ALERTS_KEPT = 4096 };

/* What makes a finding the same one. Padding is zeroed, for the table compares bytes. */
struct alert_key {
    uint64_t rule; /* its place in memory: rules are static */
    uint64_t tunnel;
};

struct entry {
    struct alert_key key; /* must stay first */
    struct es_alert alert;
    size_t place; /* in `list` */
};

struct es_alerts {
    enum es_severity least;
    es_time hold;
    struct es_alert_sink sink;
    struct es_table table;
    struct entry *list[ALERTS_KEPT]; /* owned, the first `count` */
    size_t count;
    uint64_t dropped;
};

const char *es_alert_kind_name(enum es_alert_kind kind)
{
    static const char *const names[] = {"begins", "changes", "ends"};
    return names[kind];
}

struct es_alerts *es_alerts_new(enum es_severity least, es_time hold,
                                const struct es_alert_sink *sink)
{
    struct es_alerts *alerts = calloc(1, sizeof(*alerts));
    if (!alerts)
        return NULL;
    alerts->least = least;
    alerts->hold = hold;
    alerts->sink = *sink;
    /* Keys are ours, not the wire's: nobody can choose them. */
    static const uint64_t seed[2] = {0};
    es_table_init(&alerts->table, sizeof(struct alert_key), ALERTS_KEPT, seed);
    return alerts;
}

void es_alerts_free(struct es_alerts *alerts)
{
    if (!alerts)
        return;
    for (size_t i = 0; i < alerts->count; i++)
        free(alerts->list[i]);
    es_table_fini(&alerts->table);
    free(alerts);
}

static void tell(const struct es_alerts *alerts, enum es_alert_kind kind,
                 const struct es_alert *alert, const struct es_finding *finding)
{
    if (alerts->sink.on)
        alerts->sink.on(alerts->sink.context, kind, alert, finding);
}

/* Who forges packets can bring about a note for each of them; those leave room for what matters. */
static bool has_room(const struct es_alerts *alerts, enum es_severity severity)
{
    static const size_t room[] = {
        [ES_SEVERITY_NOTE] = ALERTS_KEPT / 4,
        [ES_SEVERITY_WARNING] = ALERTS_KEPT / 4 * 3,
        [ES_SEVERITY_ERROR] = ALERTS_KEPT,
    };
    return alerts->count < room[severity];
}

static struct entry *entry_new(struct es_alerts *alerts, const struct alert_key *key,
                               enum es_severity severity)
{
    struct entry *entry = has_room(alerts, severity) ? calloc(1, sizeof(*entry)) : NULL;
    if (!entry)
        return NULL;
    entry->key = *key;
    if (!es_table_add(&alerts->table, entry)) {
        free(entry);
        return NULL;
    }
    entry->place = alerts->count;
    alerts->list[alerts->count++] = entry;
    return entry;
}

static void entry_drop(struct es_alerts *alerts, struct entry *entry)
{
    es_table_remove(&alerts->table, &entry->key);
    struct entry *last = alerts->list[--alerts->count];
    alerts->list[entry->place] = last;
    last->place = entry->place;
    free(entry);
}

static void see(struct es_alerts *alerts, const struct es_finding *f, es_time now)
{
    const uint32_t tunnel = f->tunnel ? f->tunnel->number : 0;
    const struct alert_key key = {(uint64_t)(uintptr_t)f->rule, tunnel};
    struct entry *entry = es_table_find(&alerts->table, &key);
    const bool is_new = !entry;
    if (is_new) {
        entry = entry_new(alerts, &key, f->severity);
        if (!entry) {
            alerts->dropped++;
            return;
        }
        entry->alert = (struct es_alert){.rule = f->rule,
                                         .tunnel = tunnel,
                                         .severity = f->severity,
                                         .before = f->severity,
                                         .begins = now};
    }
    struct es_alert *alert = &entry->alert;
    const bool changed = alert->severity != f->severity;
    if (changed)
        alert->before = alert->severity;
    alert->severity = f->severity;
    alert->seen = now;
    snprintf(alert->summary, sizeof(alert->summary), "%s", f->summary);
    if (is_new)
        tell(alerts, ES_ALERT_BEGINS, alert, f);
    else if (changed)
        tell(alerts, ES_ALERT_CHANGES, alert, f);
}

/* The numbers of the tunnels there are, in order, made when they are first asked for. */
struct roster {
    const struct es_model *model;
    uint32_t *numbers; /* owned; NULL: not made yet, or no memory */
    size_t count;
};

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* True when the tunnel was forgotten: then nobody knows whether the fault is over. */
static bool is_forgotten(struct roster *roster, uint32_t tunnel)
{
    if (tunnel == 0 || roster->model->forgotten.tunnels == 0)
        return false;
    if (!roster->numbers && roster->model->tunnel_count)
        roster->numbers = malloc(roster->model->tunnel_count * sizeof(*roster->numbers));
    if (roster->numbers && roster->count == 0) {
        for (const struct es_tunnel *t = roster->model->tunnels; t; t = t->next)
            roster->numbers[roster->count++] = t->number;
    }
    return roster->count == 0 ||
           !bsearch(&tunnel, roster->numbers, roster->count, sizeof(tunnel), compare_numbers);
}

void es_alerts_update(struct es_alerts *alerts, const struct es_diagnosis *diagnosis, es_time now)
{
    for (const struct es_finding *f = es_diagnosis_findings(diagnosis); f; f = f->next) {
        if (f->severity >= alerts->least && f->rule->category == ES_CATEGORY_FAULT)
            see(alerts, f, now);
    }
    struct roster roster = {.model = diagnosis->model};
    /* Backwards, since one that goes is replaced by the last. */
    for (size_t i = alerts->count; i > 0; i--) {
        struct entry *entry = alerts->list[i - 1];
        if (now - entry->alert.seen < alerts->hold || entry->alert.seen == now)
            continue;
        if (!is_forgotten(&roster, entry->alert.tunnel))
            tell(alerts, ES_ALERT_ENDS, &entry->alert, NULL);
        entry_drop(alerts, entry);
    }
    free(roster.numbers);
}

const struct es_alert *es_alerts_at(const struct es_alerts *alerts, size_t index)
{
    return index < alerts->count ? &alerts->list[index]->alert : NULL;
}

size_t es_alerts_count(const struct es_alerts *alerts)
{
    return alerts->count;
}

uint64_t es_alerts_dropped(const struct es_alerts *alerts)
{
    return alerts->dropped;
}
