/*
 * espial explain: the catalogue of findings, or one entry of it.
 */
#include "command.h"
#include "terminal.h"

#include "espial/report.h"

#include <stdlib.h>

static enum es_exit unknown(const char *id)
{
    const size_t count = es_rule_count();
    const char **ids = calloc(count + 1, sizeof(*ids));
    for (size_t i = 0; ids && i < count; i++)
        ids[i] = es_rule_at(i)->id;
    const char *nearest = ids ? es_options_nearest(id, ids) : NULL;
    if (nearest)
        es_complain("there is no finding \"%s\"; did you mean %s?", id, nearest);
    else
        es_complain("there is no finding \"%s\"; espial explain lists them", id);
    free(ids);
    return ES_EXIT_USAGE;
}

enum es_exit es_explain(const struct es_options *options)
{
    const bool color = es_terminal_color(options);
    if (options->list_thresholds) {
        es_report_thresholds(es_terminal_width(), color, stdout);
        return ES_EXIT_CLEAN;
    }
    if (options->argument_count == 0)
        es_report_catalogue(color, stdout);
    for (size_t i = 0; i < options->argument_count; i++) {
        const struct es_rule *rule = es_rule_find(options->arguments[i]);
        if (!rule)
            return unknown(options->arguments[i]);
        if (i > 0)
            putchar('\n');
        es_report_rule(rule, es_terminal_width(), color, stdout);
    }
    return ES_EXIT_CLEAN;
}
