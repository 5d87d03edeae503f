/*
 * Which tunnels have a section, and the list of all of them.
 */
#include "html.h"

#include "selection.h"
#include "wording.h"

#include <inttypes.h>
#include <stdlib.h>

/* Up to here tunnels stand in order of number; of more, those with the worst findings come first.
 */
enum { FEW = 12, RANKS = ES_SEVERITY_ERROR + 2 };

/* 0 for an error, 3 for nothing at all. */
static unsigned rank_of(const struct es_html *html, const struct es_tunnel *tunnel)
{
    const struct es_html_toll *toll = es_html_toll(html, tunnel);
    unsigned rank = 0;
    while (rank <= ES_SEVERITY_ERROR && !toll->counts[ES_SEVERITY_ERROR - rank])
        rank++;
    return rank;
}

/* All that are shown, in the order in which they are to be; the caller frees the list. */
static const struct es_tunnel **order_tunnels(const struct es_html *html, size_t *count)
{
    const struct es_model *model = html->report->model;
    const struct es_tunnel **list =
        calloc((size_t)model->tunnel_count + 1, sizeof(const struct es_tunnel *));
    const bool few = model->tunnel_count <= FEW;
    *count = 0;
    for (unsigned rank = 0; list && rank < (few ? 1u : RANKS); rank++) {
        for (const struct es_tunnel *t = model->tunnels; t; t = t->next) {
            if (*count < model->tunnel_count && es_report_shows_tunnel(html->report, t) &&
                (few || rank_of(html, t) == rank))
                list[(*count)++] = t;
        }
    }
    return list;
}

static void write_severity_cells(struct es_html *html, const struct es_tunnel *tunnel)
{
    const struct es_html_toll *toll = es_html_toll(html, tunnel);
    const uint32_t errors = toll->counts[ES_SEVERITY_ERROR];
    const uint32_t warnings = toll->counts[ES_SEVERITY_WARNING];
    es_html_count_cell(html, errors ? "n bad" : "n", errors);
    es_html_count_cell(html, warnings ? "n odd" : "n", warnings);
}

static void write_row(struct es_html *html, const struct es_tunnel *tunnel)
{
    es_text_addf(html->out, "<tr data-severity=\"%s\"><th scope=\"row\">",
                 es_html_worst(html, tunnel));
    es_html_tunnel_link(html, tunnel);
    es_text_add(html->out, "</th>");
    es_text_add_peers(&html->words, tunnel, false, true);
    es_html_cell(html, "peers");
    es_text_add_tunnel_state(&html->words, tunnel);
    es_html_cell(html, NULL);
    es_html_count_cell(html, "n", tunnel->peers[0].ike.count + tunnel->peers[1].ike.count);
    es_html_count_cell(html, "n", tunnel->peers[0].esp.count + tunnel->peers[1].esp.count);
    write_severity_cells(html, tunnel);
    es_text_add(html->out, "</tr>\n");
}

static void write_list(struct es_html *html, const struct es_tunnel *const *list, size_t count)
{
    static const struct es_html_column columns[] = {
        {"Tunnel",   false},
        {"Peers",    false},
        {"State",    false},
        {"IKE",      true },
        {"ESP",      true },
        {"Errors",   true },
        {"Warnings", true },
        {NULL,       false},
    };
    const size_t shown = count < ES_HTML_ROWS_MAX ? count : ES_HTML_ROWS_MAX;
    es_html_table(html, "tunnels", "All tunnels", columns);
    es_text_add(html->out, "<tbody>\n");
    for (size_t i = 0; i < shown; i++)
        write_row(html, list[i]);
    es_text_add(html->out, "</tbody>\n");
    es_html_table_end(html);
    es_html_folded(html, count - shown, "more tunnel", " in this list", "--json lists all");
}

/* How far the sections go: counted and, since tunnels differ, measured. */
static void write_sections(struct es_html *html, const struct es_tunnel *const *list, size_t count)
{
    size_t shown = 0;
    while (shown < count && shown < ES_HTML_SECTIONS_MAX &&
           html->out->length < ES_HTML_SECTION_BYTES && !html->out->failed) {
        es_html_tunnel_section(html, list[shown]);
        shown++;
    }
    html->section_count = shown;
}

void es_html_tunnel_sections(struct es_html *html)
{
    struct es_text *out = html->out;
    struct es_text sections;
    size_t count;
    es_text_init(&sections);
    html->sections = order_tunnels(html, &count);
    if (!html->sections) {
        out->failed = true;
        return;
    }
    html->out = &sections;
    write_sections(html, html->sections, count);
    es_html_sort_links(html);
    html->out = out;
    if (count == 0)
        es_text_add(out, "<p class=\"none\">There is none.</p>\n");
    if (count > 1)
        write_list(html, html->sections, count);
    es_html_folded(html, count - html->section_count, "more tunnel", " below",
                   "--tunnel N makes a page of that one");
    es_text_add_bytes(out, es_text_chars(&sections), sections.length);
    out->failed |= sections.failed;
    es_text_fini(&sections);
}
