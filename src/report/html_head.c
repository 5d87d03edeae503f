/*
 * The page's head: what it is about, how much was found, what the capture could not show; and the
 * list of what the page holds.
 */
#include "html.h"

#include "selection.h"
#include "wording.h"

#include <inttypes.h>
#include <string.h>

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* "office.pcap", "office.pcap and 3 more files". */
void es_html_title(struct es_html *html)
{
    const struct es_source *source = html->report->source;
    const size_t files = source ? es_source_file_count(source) : 0;
    const char *name = files ? base_name(es_source_file(source, 0)->name) : "capture";
    es_html_text(html->out, strcmp(name, "-") == 0 ? "standard input" : name);
    if (files > 1) {
        es_text_add(html->out, " and ");
        es_text_add_things(html->out, files - 1, "more file");
    }
}

static void add_count(struct es_html *html, const char *class, uint64_t count, const char *noun)
{
    es_text_addf(html->out, "<li class=\"%s\">", count ? class : "muted");
    es_text_add_things(html->out, count, noun);
    es_text_add(html->out, "</li>\n");
}

void es_html_counts(struct es_html *html)
{
    uint64_t tunnels = 0;
    for (const struct es_tunnel *t = html->report->model->tunnels; t; t = t->next)
        tunnels += es_report_shows_tunnel(html->report, t);
    for (int s = ES_SEVERITY_ERROR; s >= ES_SEVERITY_NOTE; s--) {
        const char *name = es_severity_name((enum es_severity)s);
        add_count(html, name, es_report_count(html->report, (enum es_severity)s), name);
    }
    add_count(html, "tunnels", tunnels, "tunnel");
}

void es_html_capture(struct es_html *html)
{
    es_text_add_traffic(&html->words, html->report);
    es_html_words(html);
}

static void begin_caveat(struct es_html *html, bool *any, const char *class)
{
    es_text_addf(html->out, "%s<li%s>", *any ? "" : "<ul class=\"caveats\">\n", class);
    *any = true;
}

/* What keeps the capture from telling all, and how far the keys went. */
void es_html_caveats(struct es_html *html)
{
    const struct es_source *source = html->report->source;
    const size_t files = source ? es_source_file_count(source) : 0;
    bool any = false;
    for (size_t i = 0; i < files && i < ES_HTML_ASIDES_MAX; i++) {
        if (es_source_file(source, i)->damage.kind == ES_ERROR_NONE)
            continue;
        begin_caveat(html, &any, " class=\"damage\"");
        es_text_add(html->out, "Damaged: ");
        es_html_text(html->out, es_source_file(source, i)->damage.text);
        es_text_add(html->out, "</li>\n");
    }
    for (size_t next = 0; es_text_add_limit(&html->words, html->report, &next);) {
        begin_caveat(html, &any, "");
        es_html_words(html);
        es_text_add(html->out, "</li>\n");
    }
    es_text_add_opened(&html->words, html->report->keys);
    if (html->words.length) {
        begin_caveat(html, &any, "");
        es_text_add(html->out, "Keys: ");
        es_html_words(html);
        es_text_add(html->out, "</li>\n");
    }
    es_text_add(html->out, any ? "</ul>\n" : "");
}

static void add_entry(struct es_html *html, const char *target, const char *name, uint64_t count)
{
    es_text_addf(html->out, "<li><a href=\"#%s\">%s <span class=\"count\">", target, name);
    es_text_add_count(html->out, count);
    es_text_add(html->out, "</span></a></li>\n");
}

void es_html_contents(struct es_html *html)
{
    uint64_t counts[ES_CATEGORY_POSTURE + 1] = {0};
    for (size_t i = 0; i < html->finding_count; i++)
        counts[html->findings[i].finding->rule->category]++;
    add_entry(html, "findings", "Findings", counts[ES_CATEGORY_FAULT]);
    if (counts[ES_CATEGORY_STATISTICS])
        add_entry(html, "noted", "Noted", counts[ES_CATEGORY_STATISTICS]);
    if (counts[ES_CATEGORY_POSTURE])
        add_entry(html, "policy", "Policy", counts[ES_CATEGORY_POSTURE]);
    es_text_add(html->out, "<li><a href=\"#tunnels\">Tunnels</a>\n");
    if (html->section_count)
        es_text_add(html->out, "<ul>\n");
    for (size_t i = 0; i < html->section_count; i++) {
        const struct es_tunnel *t = html->sections[i];
        es_text_addf(html->out,
                     "<li data-severity=\"%s\"><a href=\"#tunnel-%" PRIu32 "\">Tunnel %" PRIu32
                     " <span class=\"peers\">",
                     es_html_worst(html, t), t->number, t->number);
        es_text_add_peers(&html->words, t, true, true);
        es_html_words(html);
        es_text_add(html->out, "</span></a></li>\n");
    }
    es_text_add(html->out, html->section_count ? "</ul>\n</li>\n" : "</li>\n");
}
