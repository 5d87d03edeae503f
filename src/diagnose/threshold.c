/*
 * The table of thresholds, and setting one by name.
 */
#include "espial/diagnose/threshold.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct es_threshold table[] = {
#define X(name, text, value, least, most, unit, reason)                                            \
    {text, value, least, most, ES_UNIT_##unit, reason},
#include "espial/diagnose/threshold.def"
#undef X
};

const struct es_threshold *es_threshold_at(enum es_limit limit)
{
    return &table[limit];
}

const char *es_unit_name(enum es_unit unit)
{
    static const char *const names[] = {
        [ES_UNIT_S] = "s", [ES_UNIT_MS] = "ms", [ES_UNIT_PERCENT] = "%", [ES_UNIT_COUNT] = ""};
    return names[unit];
}

void es_thresholds_init(struct es_thresholds *thresholds)
{
    for (size_t i = 0; i < ES_LIMITS; i++)
        thresholds->values[i] = table[i].value;
}

static const struct es_threshold *find(const char *name, size_t length)
{
    for (size_t i = 0; i < ES_LIMITS; i++) {
        if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0)
            return &table[i];
    }
    return NULL;
}

bool es_thresholds_set(struct es_thresholds *thresholds, const char *assignment,
                       struct es_error *error)
{
    const size_t length = strcspn(assignment, "=");
    const struct es_threshold *row = find(assignment, length);
    if (!row)
        return es_error_set(error, ES_ERROR_USAGE,
                            "there is no threshold \"%.*s\"; espial explain --thresholds lists "
                            "them",
                            (int)(length < 40 ? length : 40), assignment);
    const char *value = assignment[length] ? assignment + length + 1 : "";
    char *end;
    errno = 0;
    const long long number = strtoll(value, &end, 10);
    if (!*value || *end || errno || number < row->least || number > row->most)
        return es_error_set(error, ES_ERROR_USAGE,
                            "%s takes a whole number from %" PRId64 " to %" PRId64
                            "%s%s, not \"%.40s\"",
                            row->name, row->least, row->most, *es_unit_name(row->unit) ? " " : "",
                            es_unit_name(row->unit), value);
    thresholds->values[row - table] = number;
    return true;
}
