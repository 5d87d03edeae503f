/*
 * A finding as a block of text: what, since when, how sure, the proof, where to look.
 */
#include "text.h"

#include "wording.h"

#include <string.h>

static enum es_style style_of(enum es_severity severity)
{
    return severity == ES_SEVERITY_ERROR     ? ES_STYLE_RED
           : severity == ES_SEVERITY_WARNING ? ES_STYLE_YELLOW
                                             : ES_STYLE_CYAN;
}

static void write_heading(struct es_page *page, const struct es_finding *finding)
{
    es_page_text(page,
                 &(struct es_page_row){.label = es_severity_mark(finding->severity),
                                       .label_style = style_of(finding->severity),
                                       .style = ES_STYLE_BOLD},
                 finding->rule->title);
    es_text_add(&page->text, finding->rule->id);
    if (finding->tunnel) {
        es_text_addf(&page->text, ", tunnel %u: ", finding->tunnel->number);
        es_text_add_peers(&page->text, finding->tunnel, true, page->utf8);
    }
    es_page_row(page, &(struct es_page_row){.style = ES_STYLE_DIM});
    es_page_text(page, &(struct es_page_row){0}, finding->summary);
}

static void write_confidence(struct es_page *page, const struct es_finding *finding)
{
    es_text_add(&page->text, es_confidence_name(finding->confidence));
    if (finding->reason)
        es_text_addf(&page->text, ": %s", finding->reason);
    es_page_row(page, &(struct es_page_row){.label = "Confidence"});
}

/* "#123  10:42:05.123  the last packet that came back", in columns. */
static void write_evidence(struct es_page *page, const struct es_report *report,
                           const struct es_finding *finding)
{
    size_t widest = 0;
    for (size_t i = 0; i < finding->evidence_count; i++) {
        es_text_add_packet(&page->text, report->source, &finding->evidence[i].ref);
        if (page->text.length > widest)
            widest = page->text.length;
        es_text_rewind(&page->text);
    }
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct es_evidence *e = &finding->evidence[i];
        struct es_text *text = &page->text;
        es_text_add_packet(text, report->source, &e->ref);
        es_text_addf(text, "%*s", (int)(widest - text->length + 2), "");
        es_text_add_moment(text, report, e->ref.time);
        es_text_add(text, "  ");
        const size_t hang = text->length + ES_PAGE_COLUMN < page->width / 2 ? text->length : 2;
        es_text_add(text, e->what);
        es_page_row(page, &(struct es_page_row){.label = i == 0 ? "Evidence" : NULL,
                                                .hang = (unsigned)hang});
    }
}

static void write_peer(struct es_page *page, const struct es_finding *finding)
{
    if (!finding->has_peer || !finding->tunnel)
        return;
    es_text_add_address(&page->text, &finding->tunnel->peers[finding->peer].address);
    if (finding->role)
        es_text_addf(&page->text, " (%s)", finding->role);
    es_page_row(page, &(struct es_page_row){.label = "Look at", .style = ES_STYLE_BOLD});
}

static void write_checks(struct es_page *page, const struct es_finding *finding)
{
    for (size_t i = 0; i < finding->check_count; i++) {
        es_text_addf(&page->text, "- %s", finding->checks[i]);
        es_page_row(page, &(struct es_page_row){.label = i == 0 ? "Check" : NULL, .hang = 2});
    }
}

static void write_consequences(struct es_page *page, const struct es_report *report,
                               const struct es_finding *finding)
{
    const char *label = "Hence";
    for (const struct es_finding *c = finding->consequences; c; c = c->next) {
        struct es_text *text = &page->text;
        es_text_addf(text, "- %s: %s", c->rule->id, c->summary);
        for (size_t i = 0; i < c->evidence_count; i++) {
            es_text_add(text, i == 0 ? " (" : ", ");
            es_text_add_packet(text, report->source, &c->evidence[i].ref);
        }
        es_text_add(text, c->evidence_count ? ")" : "");
        es_page_row(page, &(struct es_page_row){.label = label, .hang = 2});
        label = NULL;
    }
}

void es_text_write_finding(struct es_page *page, const struct es_report *report,
                           const struct es_finding *finding)
{
    write_heading(page, finding);
    es_text_add_when(&page->text, report, finding);
    es_page_row(page, &(struct es_page_row){.label = "When"});
    write_confidence(page, finding);
    write_evidence(page, report, finding);
    write_peer(page, finding);
    write_checks(page, finding);
    write_consequences(page, report, finding);
    es_page_text(page, &(struct es_page_row){.label = "Wireshark", .style = ES_STYLE_DIM},
                 finding->display_filter);
    es_page_text(page, &(struct es_page_row){.label = "Reference", .style = ES_STYLE_DIM},
                 finding->rule->reference);
}
