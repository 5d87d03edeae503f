/*
 * What was measured, and what a policy would care for: a line each, apart from the faults. What is
 * said of many tunnels in the same words is said once.
 */
#include "html.h"

#include "wording.h"

#include <string.h>

static bool are_alike(const struct es_finding *a, const struct es_finding *b)
{
    return a->rule == b->rule && strcmp(a->summary, b->summary) == 0;
}

/* The next finding of the page, from `index` on, that says the same as `like`; SIZE_MAX: none. */
static size_t next_alike(const struct es_html *html, size_t index, const struct es_finding *like)
{
    for (; index < html->finding_count; index++) {
        const struct es_html_finding *f = &html->findings[index];
        if (f->on_page && are_alike(f->finding, like))
            return index;
    }
    return SIZE_MAX;
}

static bool is_first_alike(const struct es_html *html, size_t index)
{
    return next_alike(html, 0, html->findings[index].finding) == index;
}

static void add_attributes(struct es_html *html, size_t index)
{
    const struct es_finding *f = html->findings[index].finding;
    es_text_addf(html->out, " id=\"finding-%zu\" data-id=\"%s\" data-severity=\"%s\"", index + 1,
                 f->rule->id, es_severity_name(f->severity));
}

/* The tunnels that it is said of, each a finding of its own. */
static void add_tunnels(struct es_html *html, size_t index)
{
    const struct es_finding *like = html->findings[index].finding;
    for (; index != SIZE_MAX; index = next_alike(html, index + 1, like)) {
        es_text_add(html->out, " <span");
        add_attributes(html, index);
        es_text_add(html->out, ">");
        if (html->findings[index].finding->tunnel)
            es_html_tunnel_link(html, html->findings[index].finding->tunnel);
        es_text_add(html->out, "</span>");
    }
}

static void add_line(struct es_html *html, size_t index)
{
    const struct es_finding *f = html->findings[index].finding;
    const bool several = next_alike(html, index + 1, f) != SIZE_MAX;
    es_text_add(html->out, "<li");
    if (!several)
        add_attributes(html, index);
    es_text_add(html->out, "><span class=\"summary\">");
    es_html_sentence(html->out, f->summary);
    es_text_addf(html->out, "</span> <span class=\"tags\"><code>%s</code>", f->rule->id);
    if (several) {
        add_tunnels(html, index);
    } else if (f->tunnel && html->report->model->tunnel_count > 1) {
        es_text_add(html->out, " ");
        es_html_tunnel_link(html, f->tunnel);
    }
    es_text_add(html->out, "</span></li>\n");
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
        if (!is_first_alike(html, i))
            continue;
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
    es_html_folded(html, folded, "more note", "", "--json lists all");
    es_text_add(html->out, "</section>\n");
}

void es_html_asides(struct es_html *html)
{
    write_kind(html, ES_CATEGORY_STATISTICS, "noted", "Noted");
    write_kind(html, ES_CATEGORY_POSTURE, "policy", "Policy");
}
