/*
 * What a rule means, and the catalogue of rules.
 */
#include "page.h"

#include "espial/report.h"

#include <inttypes.h>
#include <string.h>

static void write_list(struct es_page *page, const char *heading, const char *const *items)
{
    if (!items || !*items)
        return;
    es_page_heading(page, heading);
    for (; *items; items++) {
        es_text_addf(&page->text, "- %s", *items);
        es_page_row(page, &(struct es_page_row){.column = 2, .hang = 2});
    }
}

/* Where to look on one vendor's equipment, and what to expect there; false when it has no words. */
static bool write_vendor(struct es_page *page, const struct es_rule *rule, enum es_vendor vendor)
{
    const struct es_vendor_words *words = NULL;
    bool any = false;
    while ((words = es_vendor_words_next(vendor, rule->id, words)) != NULL) {
        es_text_addf(&page->text, "%s: %s", es_vendor_title(vendor), words->look);
        es_page_row(page, &(struct es_page_row){.column = 2, .hang = 2, .style = ES_STYLE_BOLD});
        es_text_addf(&page->text, "%s", words->expect);
        es_page_row(page, &(struct es_page_row){.column = 4});
        any = true;
    }
    return any;
}

static void write_vendors(struct es_page *page, const struct es_rule *rule, enum es_vendor only)
{
    bool any = false;
    es_page_heading(page, "Where it shows");
    for (enum es_vendor v = 0; v < ES_VENDORS; v++) {
        if (only == ES_VENDOR_NONE || v == only)
            any |= write_vendor(page, rule, v);
    }
    if (!any)
        es_page_text(page, &(struct es_page_row){.column = 2},
                     "in the capture only: the peers do not know of it");
}

bool es_report_rule(const struct es_rule *rule, enum es_vendor vendor, unsigned width, bool color,
                    FILE *out)
{
    struct es_page page;
    es_page_init(&page, out, width, color);
    es_text_addf(&page.text, "%s (%s)", rule->title, es_severity_name(rule->severity));
    es_page_row(&page, &(struct es_page_row){.label = rule->id,
                                             .label_style = ES_STYLE_BOLD,
                                             .column = (unsigned)strlen(rule->id) + 2});
    es_page_blank(&page);
    es_page_text(&page, &(struct es_page_row){.column = 2}, rule->explanation);
    write_list(&page, "Causes, the likeliest first", rule->causes);
    write_list(&page, "At the initiator", rule->checks_initiator);
    write_list(&page, "At the responder", rule->checks_responder);
    write_list(&page, "What to check", rule->checks);
    write_vendors(&page, rule, vendor);
    if (rule->reference) {
        es_page_blank(&page);
        es_page_text(&page, &(struct es_page_row){.label = "Reference"}, rule->reference);
    }
    return es_page_fini(&page);
}

bool es_report_thresholds(unsigned width, bool color, FILE *out)
{
    struct es_page page;
    es_page_init(&page, out, width, color);
    for (enum es_limit i = 0; i < ES_LIMITS; i++) {
        const struct es_threshold *t = es_threshold_at(i);
        const char *unit = es_unit_name(t->unit);
        es_text_addf(&page.text, "%" PRId64 "%s%s (%" PRId64 " to %" PRId64 ")", t->value,
                     *unit ? " " : "", unit, t->least, t->most);
        es_page_row(&page, &(struct es_page_row){
                               .label = t->name, .label_style = ES_STYLE_BOLD, .column = 24});
        es_page_text(&page, &(struct es_page_row){.column = 4}, t->reason);
    }
    return es_page_fini(&page);
}

bool es_report_catalogue(bool color, FILE *out)
{
    static const enum es_style styles[] = {
        [ES_SEVERITY_NOTE] = ES_STYLE_CYAN,
        [ES_SEVERITY_WARNING] = ES_STYLE_YELLOW,
        [ES_SEVERITY_ERROR] = ES_STYLE_RED,
    };
    struct es_page page;
    es_page_init(&page, out, 0, color);
    size_t widest = 0;
    for (size_t i = 0; i < es_rule_count(); i++) {
        const size_t length = strlen(es_rule_at(i)->id);
        widest = length > widest ? length : widest;
    }
    for (size_t i = 0; i < es_rule_count(); i++) {
        const struct es_rule *rule = es_rule_at(i);
        es_text_addf(&page.text, "%-*s  %s", (int)widest, rule->id, rule->title);
        es_page_row(&page, &(struct es_page_row){.label = es_severity_name(rule->severity),
                                                 .label_style = styles[rule->severity],
                                                 .column = 9,
                                                 .hang = (unsigned)widest + 2});
    }
    return es_page_fini(&page);
}
