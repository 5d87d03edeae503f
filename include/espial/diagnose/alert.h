/*
 * Findings over time: a live view looks again and again, and wants to know what is new, what got
 * worse, and what is over. Whoever watches feeds each diagnosis; alerts compare it with the last.
 */
#ifndef ESPIAL_DIAGNOSE_ALERT_H
#define ESPIAL_DIAGNOSE_ALERT_H

#include "espial/diagnose.h"

enum es_alert_kind {
    ES_ALERT_BEGINS,  /* found for the first time, or again after it had ended */
    ES_ALERT_CHANGES, /* its severity is another one now */
    ES_ALERT_ENDS,    /* not found any more, and not for the hold time: recovered */
};

enum { ES_ALERT_SUMMARY_BYTES = 512 };

/* One finding as it stands: the rule and the tunnel make it the same one. */
struct es_alert {
    const struct es_rule *rule;
    uint32_t tunnel; /* its number; 0: of the whole capture */
    enum es_severity severity;
    enum es_severity
        before;     /* the severity before the last change; the same while there was none */
    es_time begins; /* when it was found first */
    es_time seen;   /* the last look that found it */
    char summary[ES_ALERT_SUMMARY_BYTES]; /* as of that look, cut short where it is longer */
};

/* Hears what happens; both pointers live for the call. `finding` is NULL when it ends. */
struct es_alert_sink {
    void (*on)(void *context, enum es_alert_kind kind, const struct es_alert *alert,
               const struct es_finding *finding);
    void *context;
};

struct es_alerts;

/*
 * `least`: milder findings are passed over, and so is what is no fault. `hold`: a finding has to be
 * away for this long to have ended. NULL when no memory is left.
 */
struct es_alerts *es_alerts_new(enum es_severity least, es_time hold,
                                const struct es_alert_sink *sink);
void es_alerts_free(struct es_alerts *alerts);

/* Compares a diagnosis made at `now` with what was known. What was found of a tunnel that the
 * tracker has forgotten ends without a word. */
void es_alerts_update(struct es_alerts *alerts, const struct es_diagnosis *diagnosis, es_time now);

/* The alerts in force, in no order: the first with index 0; NULL behind the last. */
const struct es_alert *es_alerts_at(const struct es_alerts *alerts, size_t index);
size_t es_alerts_count(const struct es_alerts *alerts);

/* Findings that were passed over because as many as are kept were in force. */
uint64_t es_alerts_dropped(const struct es_alerts *alerts);

/* "begins", "changes", "ends". */
const char *es_alert_kind_name(enum es_alert_kind kind);

#endif
