/*
 * The report as a text for a ticket, in Markdown as GitHub and GitLab draw it: the verdict, the
 * findings, the tunnels, and of those in question the ladder. It stays below what a comment there
 * may hold, 65,536 characters; what does not fit is said.
 */
#include "markdown.h"

#include "selection.h"
#include "wording.h"

#include <inttypes.h>

enum {
    FINDINGS_MAX = 24,
    ASIDES_MAX = 20,
    LADDERS_MAX = 5,
    FINDINGS_BYTES = 24000, /* beyond which no finding begins, */
    TUNNELS_BYTES = 44000   /* and no tunnel */
};

static void write_capture(struct es_markdown *md)
{
    const struct es_report *report = md->report;
    const size_t files = report->source ? es_source_file_count(report->source) : 0;
    es_text_add(&md->out, "**Verdict:** ");
    es_markdown_text(&md->out, es_diagnosis_verdict(report->diagnosis));
    es_text_add(&md->out, "\n\n**Capture:** ");
    es_text_add_traffic(&md->words, report);
    es_markdown_words(md);
    es_text_add(&md->out, "\n");
    for (size_t i = 0; i < files; i++) {
        if (es_source_file(report->source, i)->damage.kind == ES_ERROR_NONE)
            continue;
        es_text_add(&md->out, "\n**Damaged:** ");
        es_markdown_text(&md->out, es_source_file(report->source, i)->damage.text);
        es_text_add(&md->out, "\n");
    }
    for (size_t next = 0; es_text_add_limit(&md->words, report, &next);) {
        es_text_add(&md->out, "\n**Limit:** ");
        es_markdown_words(md);
        es_text_add(&md->out, "\n");
    }
    es_text_add_opened(&md->words, report->keys);
    if (md->words.length) {
        es_text_add(&md->out, "\n**Keys:** ");
        es_markdown_words(md);
        es_text_add(&md->out, "\n");
    }
}

static void write_folded(struct es_markdown *md, uint64_t count, const char *noun)
{
    if (!count)
        return;
    es_text_add(&md->out, "\n");
    es_text_add_things(&md->out, count, noun);
    es_text_add(&md->out, " not shown: --json lists all\n");
}

static void write_findings(struct es_markdown *md)
{
    const struct es_finding *f = es_diagnosis_findings(md->report->diagnosis);
    uint64_t shown = 0;
    uint64_t folded = 0;
    for (; (f = es_report_finding_next(md->report, f)); f = f->next) {
        if (f->rule->category != ES_CATEGORY_FAULT)
            continue;
        if (shown >= FINDINGS_MAX || md->out.length > FINDINGS_BYTES) {
            folded++;
            continue;
        }
        es_markdown_finding(md, f);
        shown++;
    }
    write_folded(md, folded, "more finding");
}

/* What was measured, and what a policy would care for. */
static void write_asides(struct es_markdown *md, enum es_category category, const char *heading)
{
    const struct es_finding *f = es_diagnosis_findings(md->report->diagnosis);
    uint64_t count = 0;
    for (; (f = es_report_finding_next(md->report, f)); f = f->next) {
        if (f->rule->category != category || count++ >= ASIDES_MAX)
            continue;
        if (count == 1)
            es_text_addf(&md->out, "\n## %s\n\n", heading);
        es_text_add(&md->out, "- ");
        es_markdown_code(&md->out, f->rule->id);
        if (f->tunnel && md->report->model->tunnel_count > 1)
            es_text_addf(&md->out, ", tunnel %" PRIu32, f->tunnel->number);
        es_text_add(&md->out, ": ");
        es_markdown_text(&md->out, f->summary);
        es_text_add(&md->out, "\n");
    }
    write_folded(md, count > ASIDES_MAX ? count - ASIDES_MAX : 0, "more line");
}

/* The tunnels that something is wrong with, the worst first; of a capture of one, that one. */
static size_t in_question(const struct es_report *report, const struct es_tunnel **list,
                          uint64_t *left_out)
{
    const struct es_tunnel *first = report->model->tunnels;
    const struct es_finding *f = es_diagnosis_findings(report->diagnosis);
    size_t count = 0;
    *left_out = 0;
    for (; (f = es_report_finding_next(report, f)); f = f->next) {
        size_t i = 0;
        while (i < count && list[i] != f->tunnel)
            i++;
        if (i < count || !f->tunnel || f->severity == ES_SEVERITY_NOTE)
            continue;
        if (count < LADDERS_MAX)
            list[count++] = f->tunnel;
        else
            (*left_out)++;
    }
    for (const struct es_tunnel *t = first; count == 0 && t; t = t->next) {
        if (report->tunnel == t->number || !first->next)
            list[count++] = t;
    }
    return count;
}

static void write_tunnels(struct es_markdown *md)
{
    const struct es_tunnel *list[LADDERS_MAX];
    uint64_t left_out;
    const size_t count = in_question(md->report, list, &left_out);
    es_markdown_tunnels(md);
    for (size_t i = 0; i < count; i++) {
        if (md->out.length > TUNNELS_BYTES)
            left_out++;
        else
            es_markdown_tunnel(md, list[i]);
    }
    if (left_out)
        es_text_add(&md->out, "\nMore tunnels have findings: --tunnel N shows one\n");
}

bool es_report_markdown(const struct es_report *report, FILE *out)
{
    struct es_markdown md = {.report = report};
    es_text_init(&md.out);
    es_text_init(&md.words);
    write_capture(&md);
    write_findings(&md);
    if (!report->quiet) {
        write_asides(&md, ES_CATEGORY_STATISTICS, "Noted");
        write_asides(&md, ES_CATEGORY_POSTURE, "Policy");
        write_tunnels(&md);
    }
    const bool written =
        !md.out.failed && fwrite(es_text_chars(&md.out), 1, md.out.length, out) == md.out.length;
    es_text_fini(&md.out);
    es_text_fini(&md.words);
    return written && !ferror(out);
}
