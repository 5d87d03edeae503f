/*
 * What was measured, and what a policy would care for: a line each, apart from the faults.
 */
#include "html.h"

#include "wording.h"

static void add_line(struct es_html *html, size_t index)
{
    const struct es_finding *f = html->findings[index].finding;
    const char *severity = es_severity_name(f->severity);
    es_text_addf(html->out, "<li id=\"finding-%zu\" data-id=\"%s\" data-severity=\"%s\">",
                 index + 1, f->rule->id, severity);
    es_text_add(html->out, "<span class=\"summary\">");
    es_html_sentence(html->out, f->summary);
    es_text_add(html->out, "</span> <span class=\"tags\">");
    if (f->tunnel && html->report->model->tunnel_count > 1) {
        es_html_tunnel_link(html, f->tunnel);
        es_text_add(html->out, " ");
    }
    es_text_addf(html->out, "<code>%s</code></span></li>\n", f->rule->id);
}

static void write_kind(struct es_html *html, enum es_category category, const char *id,
                       const char *heading)
{
    uint64_t shown = 0;
    uint64_t folded = 0;
    for (size_t i = 0; i < html->finding_count; i++) {
        if (html->findings[i].finding->rule->category != category)
            continue;
        if (!html->findings[i].on_page) {
            folded++;
            continue;
        }
        if (shown++ == 0)
            es_text_addf(html->out,
                         "<section id=\"%s\" aria-labelledby=\"%s-heading\">\n"
                         "<h2 id=\"%s-heading\">%s</h2>\n<ul class=\"asides\">\n",
                         id, id, id, heading);
        add_line(html, i);
    }
    if (!shown)
        return;
    es_text_add(html->out, "</ul>\n");
    es_html_folded(html, folded, "more line", "", "--json lists all");
    es_text_add(html->out, "</section>\n");
}

void es_html_asides(struct es_html *html)
{
    write_kind(html, ES_CATEGORY_STATISTICS, "noted", "Noted");
    write_kind(html, ES_CATEGORY_POSTURE, "policy", "Policy");
}
