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

static enum es_exit unknown_vendor(const char *name)
{
    const char *names[ES_VENDORS + 1] = {NULL};
    struct es_text all;
    es_text_init(&all);
    for (enum es_vendor v = 0; v < ES_VENDORS; v++) {
        names[v] = es_vendor_name(v);
        es_text_addf(&all, "%s%s", v == 0 ? "" : v + 1 == ES_VENDORS ? " or " : ", ", names[v]);
    }
    const char *nearest = es_options_nearest(name, names);
    if (nearest)
        es_complain("there is no vendor \"%s\"; did you mean %s?", name, nearest);
    else
        es_complain("there is no vendor \"%s\"; --vendor takes %s", name, es_text_chars(&all));
    es_text_fini(&all);
    return ES_EXIT_USAGE;
}

enum es_exit es_explain(const struct es_options *options)
{
    const bool color = es_terminal_color(options);
    if (options->list_thresholds) {
        return es_was_written(es_report_thresholds(es_terminal_width(), color, stdout))
                   ? ES_EXIT_CLEAN
                   : ES_EXIT_INPUT;
    }
    enum es_vendor vendor = ES_VENDOR_NONE;
    if (options->vendor && (vendor = es_vendor_find(options->vendor)) == ES_VENDOR_NONE)
        return unknown_vendor(options->vendor);
    bool written = true;
    if (options->argument_count == 0)
        written = es_report_catalogue(color, stdout);
    for (size_t i = 0; i < options->argument_count; i++) {
        const struct es_rule *rule = es_rule_find(options->arguments[i]);
        if (!rule)
            return unknown(options->arguments[i]);
        if (i > 0)
            putchar('\n');
        written = es_report_rule(rule, vendor, es_terminal_width(), color, stdout) && written;
    }
    return es_was_written(written) ? ES_EXIT_CLEAN : ES_EXIT_INPUT;
}
