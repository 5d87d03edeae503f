/*
 * Triage for a person: the verdict, what the capture is, a block for each finding, the tunnels.
 */
#include "text.h"

#include "selection.h"
#include "wording.h"

enum { FINDINGS_MAX = 50, TUNNELS_MAX = 50 };

static void write_verdict(struct es_page *page, const struct es_report *report)
{
    const enum es_style style = es_report_count(report, ES_SEVERITY_ERROR)     ? ES_STYLE_RED
                                : es_report_count(report, ES_SEVERITY_WARNING) ? ES_STYLE_YELLOW
                                                                               : ES_STYLE_GREEN;
    es_page_text(page, &(struct es_page_row){.label = "Verdict", .style = style},
                 es_diagnosis_verdict(report->diagnosis));
}

/* What keeps the capture from telling all. */
static void write_limits(struct es_page *page, const struct es_report *report)
{
    const size_t files = report->source ? es_source_file_count(report->source) : 0;
    for (size_t i = 0; i < files; i++) {
        const struct es_source_file *file = es_source_file(report->source, i);
        if (file->damage.kind != ES_ERROR_NONE)
            es_page_text(page,
                         &(struct es_page_row){.label = "Damaged", .label_style = ES_STYLE_YELLOW},
                         file->damage.text);
    }
    for (size_t next = 0; es_text_add_limit(&page->text, report, &next);)
        es_page_row(page, &(struct es_page_row){.hang = 2});
}

static void write_findings(struct es_page *page, const struct es_report *report)
{
    const struct es_finding *f = es_diagnosis_findings(report->diagnosis);
    uint64_t shown = 0;
    uint64_t folded = 0;
    while ((f = es_report_finding_next(report, f))) {
        if (f->rule->category != ES_CATEGORY_FAULT) {
            f = f->next;
            continue;
        }
        if (shown < FINDINGS_MAX) {
            es_page_blank(page);
            es_text_write_finding(page, report, f);
            shown++;
        } else {
            folded++;
        }
        f = f->next;
    }
    if (folded) {
        es_page_blank(page);
        es_text_add_things(&page->text, folded, "more finding");
        es_text_add(&page->text, " not shown: --json lists all, --tunnel N those of one tunnel");
        es_page_row(page, &(struct es_page_row){0});
    }
}

/* What was measured, and what a policy would care for: a line each, apart from the faults. */
static void write_asides(struct es_page *page, const struct es_report *report,
                         enum es_category category, const char *heading)
{
    const struct es_finding *f = es_diagnosis_findings(report->diagnosis);
    uint64_t shown = 0;
    uint64_t folded = 0;
    for (; (f = es_report_finding_next(report, f)); f = f->next) {
        if (f->rule->category != category)
            continue;
        if (shown >= FINDINGS_MAX) {
            folded++;
            continue;
        }
        if (shown++ == 0)
            es_page_blank(page);
        es_text_addf(&page->text, "- %s", f->rule->id);
        if (f->tunnel && report->model->tunnel_count > 1)
            es_text_addf(&page->text, " (tunnel %u)", f->tunnel->number);
        es_text_addf(&page->text, ": %s", f->summary);
        es_page_row(page, &(struct es_page_row){.label = shown == 1 ? heading : NULL, .hang = 2});
    }
    if (folded) {
        es_text_add_things(&page->text, folded, "more line");
        es_text_add(&page->text, " not shown: --json lists all");
        es_page_row(page, &(struct es_page_row){.style = ES_STYLE_DIM});
    }
}

/* Findings that --severity keeps out of sight are still said to exist. */
static void write_hidden(struct es_page *page, const struct es_report *report)
{
    for (int severity = (int)report->least - 1; severity >= 0; severity--) {
        const size_t count = es_report_count(report, (enum es_severity)severity);
        if (!count)
            continue;
        es_text_add_comma(&page->text);
        es_text_add_things(&page->text, count, es_severity_name((enum es_severity)severity));
    }
    if (!page->text.length)
        return;
    es_text_add(&page->text, " not shown");
    es_page_blank(page);
    es_page_row(page, &(struct es_page_row){.style = ES_STYLE_DIM});
}

static bool has_finding(const struct es_report *report, const struct es_tunnel *tunnel)
{
    const struct es_finding *f = es_diagnosis_findings(report->diagnosis);
    while ((f = es_report_finding_next(report, f))) {
        if (f->tunnel == tunnel && f->severity > ES_SEVERITY_NOTE)
            return true;
        f = f->next;
    }
    return false;
}

/*
 * All tunnels in order while they are few. Of many, first those that something is wrong with, then
 * as many of the others as there is room for.
 */
static void write_tunnels(struct es_page *page, const struct es_report *report)
{
    const bool many = report->tunnel == 0 && report->model->tunnel_count > TUNNELS_MAX;
    uint64_t left = many ? TUNNELS_MAX : UINT64_MAX;
    uint64_t folded = 0;
    for (int round = many ? 0 : 1; round < 2; round++) {
        for (const struct es_tunnel *t = report->model->tunnels; t; t = t->next) {
            if (!es_report_shows_tunnel(report, t) || (many && has_finding(report, t) == round))
                continue;
            if (left == 0) {
                folded++;
                continue;
            }
            left--;
            es_page_blank(page);
            es_text_write_tunnel(page, report, t);
        }
    }
    if (folded) {
        es_page_blank(page);
        es_text_add_things(&page->text, folded, "more tunnel");
        es_text_add(&page->text, " not shown: --tunnel N shows one, --json lists all");
        es_page_row(page, &(struct es_page_row){0});
    }
}

bool es_report_text(const struct es_report *report, FILE *out)
{
    struct es_page page;
    es_page_init(&page, out, report->width, report->color);
    page.utf8 = report->utf8;
    write_verdict(&page, report);
    es_text_add_traffic(&page.text, report);
    es_page_row(&page, &(struct es_page_row){.label = "Capture"});
    write_limits(&page, report);
    es_text_add_opened(&page.text, report->keys);
    es_page_row(&page, &(struct es_page_row){.label = "Keys"});
    write_findings(&page, report);
    if (!report->quiet) {
        write_asides(&page, report, ES_CATEGORY_STATISTICS, "Noted");
        write_asides(&page, report, ES_CATEGORY_POSTURE, "Policy");
    }
    write_hidden(&page, report);
    if (!report->quiet)
        write_tunnels(&page, report);
    return es_page_fini(&page);
}
