/*
 * Findings as cards.
 */
#include "html.h"

#include "selection.h"

static void write_number(struct es_html *html)
{
    es_text_add_decimal(html->out, html->finding_number);
}

static void write_id(struct es_html *html)
{
    es_html_text(html->out, html->finding->rule->id);
}

static void write_severity(struct es_html *html)
{
    es_html_text(html->out, es_severity_name(html->finding->severity));
}

static void write_title(struct es_html *html)
{
    es_html_text(html->out, html->finding->rule->title);
}

static void write_summary(struct es_html *html)
{
    es_html_text(html->out, html->finding->summary);
}

static void write_evidence(struct es_html *html)
{
    const struct es_finding *f = html->finding;
    if (!f->evidence_count)
        return;
    es_text_add(html->out, "<ol>\n");
    for (size_t i = 0; i < f->evidence_count; i++) {
        es_text_add(html->out, "<li>");
        es_html_packet_link(html, f->tunnel, &f->evidence[i].ref);
        es_text_add(html->out, " ");
        es_html_time(html, f->evidence[i].ref.time);
        es_text_add(html->out, " ");
        es_html_text(html->out, f->evidence[i].what);
        es_text_add(html->out, "</li>\n");
    }
    es_text_add(html->out, "</ol>\n");
}

void es_html_finding_cards(struct es_html *html)
{
    static const struct es_html_slot slots[] = {
        {"number",   write_number  },
        {"id",       write_id      },
        {"severity", write_severity},
        {"title",    write_title   },
        {"summary",  write_summary },
        {"evidence", write_evidence},
        {NULL,       NULL          },
    };
    html->finding_number = 0;
    const struct es_finding *f = es_diagnosis_findings(html->report->diagnosis);
    for (; (f = es_report_finding_next(html->report, f)); f = f->next) {
        html->finding = f;
        html->finding_number++;
        es_html_fill(html, "finding.html", slots);
    }
    html->finding = NULL;
}
