/*
 * Thresholds of the diagnosis: a table of values, each with its reason, that a user may change.
 */
#ifndef ESPIAL_DIAGNOSE_THRESHOLD_H
#define ESPIAL_DIAGNOSE_THRESHOLD_H

#include "espial/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum es_unit { ES_UNIT_S, ES_UNIT_MS, ES_UNIT_PERCENT, ES_UNIT_COUNT };

enum es_limit {
#define X(name, text, value, least, most, unit, reason) ES_LIMIT_##name,
#include "espial/diagnose/threshold.def"
#undef X
    ES_LIMITS
};

/* A row of the table. Static text. */
struct es_threshold {
    const char *name; /* "patience" */
    int64_t value;    /* the default, in `unit` */
    int64_t least, most;
    enum es_unit unit;
    const char *reason; /* why this value: an RFC, a vendor's default, what was measured */
};

/* The row of a threshold, ES_LIMITS of them; static. */
const struct es_threshold *es_threshold_at(enum es_limit limit);

/* "s", "ms", "%" or "": a unit as it stands behind a value. */
const char *es_unit_name(enum es_unit unit);

/* The values in force. */
struct es_thresholds {
    int64_t values[ES_LIMITS];
};

void es_thresholds_init(struct es_thresholds *thresholds);

/*
 * Sets one from "name=value", a whole number in the row's unit. False with an error of kind USAGE
 * when there is no such name or the value is out of its bounds.
 */
bool es_thresholds_set(struct es_thresholds *thresholds, const char *assignment,
                       struct es_error *error);

#endif
