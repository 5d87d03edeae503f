/*
 * What refers to what on the page: packets, moments.
 */
#include "html.h"

#include "selection.h"
#include "wording.h"

#include <inttypes.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const struct es_html_anchor *x = a;
    const struct es_html_anchor *y = b;
    if (x->tunnel != y->tunnel)
        return x->tunnel < y->tunnel ? -1 : 1;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void remember(struct es_html *html, const struct es_html_anchor *anchor)
{
    enum { ROOM = 256 };
    if (html->anchor_count == html->anchor_room) {
        const size_t room = html->anchor_room ? html->anchor_room * 2 : ROOM;
        struct es_html_anchor *anchors = realloc(html->anchors, room * sizeof(*anchors));
        if (!anchors) {
            html->out->failed = true;
            return;
        }
        html->anchors = anchors;
        html->anchor_room = room;
    }
    html->anchors[html->anchor_count++] = *anchor;
}

static void add_id(struct es_html *html, const struct es_html_anchor *anchor)
{
    es_text_addf(html->out, "packet-%" PRIu32 "-", anchor->tunnel);
    if (es_report_has_several_files(html->report->source))
        es_text_addf(html->out, "%" PRIu32 "-", anchor->file);
    es_text_add_decimal(html->out, anchor->number);
}

void es_html_packet_id(struct es_html *html, const struct es_packet_ref *ref)
{
    const struct es_html_anchor anchor = {html->tunnel->number, ref->file, ref->number};
    add_id(html, &anchor);
    remember(html, &anchor);
}

void es_html_sort_links(struct es_html *html)
{
    if (html->anchor_count)
        qsort(html->anchors, html->anchor_count, sizeof(*html->anchors), compare);
}

static bool is_shown(const struct es_html *html, const struct es_html_anchor *anchor)
{
    return html->anchor_count && bsearch(anchor, html->anchors, html->anchor_count,
                                         sizeof(*html->anchors), compare) != NULL;
}

void es_html_section_id(struct es_html *html, const struct es_tunnel *tunnel)
{
    es_text_addf(html->out, "tunnel-%" PRIu32, tunnel->number);
    remember(html, &(struct es_html_anchor){.tunnel = tunnel->number});
}

bool es_html_has_section(const struct es_html *html, const struct es_tunnel *tunnel)
{
    return is_shown(html, &(struct es_html_anchor){.tunnel = tunnel->number});
}

void es_html_packet_link(struct es_html *html, const struct es_tunnel *tunnel,
                         const struct es_packet_ref *ref)
{
    struct es_text *out = html->out;
    const struct es_html_anchor anchor = {tunnel ? tunnel->number : 0, ref->file, ref->number};
    const bool shown = tunnel && is_shown(html, &anchor);
    const bool linked = shown || (tunnel && es_html_has_section(html, tunnel));
    if (linked) {
        es_text_add(out, "<a class=\"packet\" href=\"#");
        if (shown)
            add_id(html, &anchor);
        else
            es_text_addf(out, "timeline-%" PRIu32, tunnel->number);
        es_text_add(out, "\">");
    } else {
        es_text_add(out, "<span class=\"packet\">");
    }
    es_text_add_packet(&html->words, html->report->source, ref);
    es_html_words(html);
    es_text_add(out, linked ? "</a>" : "</span>");
}

void es_html_tunnel_link(struct es_html *html, const struct es_tunnel *tunnel)
{
    if (es_html_has_section(html, tunnel))
        es_text_addf(html->out, "<a href=\"#tunnel-%" PRIu32 "\">Tunnel %" PRIu32 "</a>",
                     tunnel->number, tunnel->number);
    else
        es_text_addf(html->out, "<span>Tunnel %" PRIu32 "</span>", tunnel->number);
}

void es_html_time(struct es_html *html, es_time time)
{
    es_text_add(html->out, "<time datetime=\"");
    es_text_add_time(html->out, time);
    es_text_add(html->out, "\">");
    es_text_add_moment(&html->words, html->report, time);
    es_html_words(html);
    es_text_add(html->out, "</time>");
}
