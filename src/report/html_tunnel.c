/*
 * A tunnel's section.
 */
#include "html.h"

#include "selection.h"
#include "wording.h"

static void write_id(struct es_html *html)
{
    es_html_section_id(html, html->tunnel);
}

static void write_number(struct es_html *html)
{
    es_text_add_decimal(html->out, html->tunnel->number);
}

static void write_peers(struct es_html *html)
{
    es_text_add_peers(html->out, html->tunnel, false, true);
}

static void write_timeline(struct es_html *html)
{
    es_html_timeline(html, html->tunnel);
}

static void write_ladder(struct es_html *html)
{
    es_html_ladder(html, html->tunnel);
}

void es_html_tunnel_sections(struct es_html *html)
{
    static const struct es_html_slot slots[] = {
        {"id",       write_id      },
        {"number",   write_number  },
        {"peers",    write_peers   },
        {"timeline", write_timeline},
        {"ladder",   write_ladder  },
        {NULL,       NULL          },
    };
    for (const struct es_tunnel *t = html->report->model->tunnels; t; t = t->next) {
        if (!es_report_shows_tunnel(html->report, t))
            continue;
        html->tunnel = t;
        es_html_fill(html, "tunnel.html", slots);
    }
    html->tunnel = NULL;
}
