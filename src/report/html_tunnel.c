/*
 * A tunnel's section: what became of it, its pictures, its tables.
 */
#include "html.h"

#include "wording.h"

#include <inttypes.h>

static void write_id(struct es_html *html)
{
    es_html_section_id(html, html->tunnel);
}

static void write_number(struct es_html *html)
{
    es_text_add_decimal(html->out, html->tunnel->number);
}

static void write_worst(struct es_html *html)
{
    es_text_add(html->out, es_html_worst(html, html->tunnel));
}

static void write_peers(struct es_html *html)
{
    es_text_add_peers(&html->words, html->tunnel, false, true);
    es_html_words(html);
}

static void write_state(struct es_html *html)
{
    es_text_add_tunnel_state(&html->words, html->tunnel);
    es_html_words(html);
}

/* Of a single tunnel the page's head says it already. */
static void write_verdict(struct es_html *html)
{
    const char *verdict = es_diagnosis_tunnel_verdict(html->report->diagnosis, html->tunnel);
    if (html->report->model->tunnel_count < 2 || !*verdict)
        return;
    es_text_add(html->out, "<p class=\"verdict\">");
    es_html_sentence(html->out, verdict);
    es_text_add(html->out, "</p>\n");
}

/* The faults, linked to their cards. */
static void write_findings(struct es_html *html)
{
    bool any = false;
    uint32_t number = es_html_toll(html, html->tunnel)->first;
    for (; number; number = html->findings[number - 1].next) {
        const struct es_html_finding *f = &html->findings[number - 1];
        if (f->finding->rule->category != ES_CATEGORY_FAULT)
            continue;
        es_text_add(html->out, any ? "" : "<div class=\"about\">Findings: <ul>\n");
        any = true;
        const char *severity = es_severity_name(f->finding->severity);
        es_text_addf(html->out, "<li data-severity=\"%s\"><span class=\"severity\">%s</span> ",
                     severity, severity);
        if (f->on_page)
            es_text_addf(html->out, "<a href=\"#finding-%" PRIu32 "\">", number);
        es_html_sentence(html->out, f->finding->rule->title);
        es_text_add(html->out, f->on_page ? "</a></li>\n" : "</li>\n");
    }
    es_text_add(html->out, any ? "</ul></div>\n" : "");
}

static void write_timeline(struct es_html *html)
{
    es_html_timeline(html, html->tunnel);
}

static void write_ladder(struct es_html *html)
{
    es_html_ladder(html, html->tunnel);
}

static void write_side(struct es_html *html, uint8_t side)
{
    static const char *const nat[] = {
        [ES_UNKNOWN] = "unknown", [ES_NO] = "none", [ES_YES] = "behind NAT"};
    const struct es_peer *peer = &html->tunnel->peers[side];
    es_text_addf(html->out, "<tr><th scope=\"row\" class=\"mono from%u\">", side);
    es_text_add_endpoint(&html->words, &peer->address, peer->port);
    es_html_words(html);
    es_text_add(html->out, "</th>");
    es_text_add(&html->words, peer->vendor ? peer->vendor : "");
    es_html_cell(html, NULL);
    es_text_add(&html->words, nat[peer->behind_nat]);
    if (peer->move) {
        es_text_add(&html->words, ", moved ");
        es_text_add_things(&html->words, peer->move->changes, "time");
    }
    es_html_cell(html, NULL);
    es_html_count_cell(html, "n", peer->ike.count);
    es_html_count_cell(html, "n", peer->esp.count);
    es_text_add_size(&html->words, peer->esp_bytes);
    es_html_cell(html, "n");
    es_html_count_cell(html, "n", peer->keepalives.count);
    es_text_add(html->out, "</tr>\n");
}

static void write_sides(struct es_html *html)
{
    static const struct es_html_column columns[] = {
        {"Address",    false},
        {"Says it is", false},
        {"NAT",        false},
        {"IKE",        true },
        {"ESP",        true },
        {"ESP bytes",  true },
        {"Keepalives", true },
        {NULL,         false},
    };
    es_html_table(html, "sides", "Peers", columns);
    es_text_add(html->out, "<tbody>\n");
    write_side(html, 0);
    write_side(html, 1);
    es_text_add(html->out, "</tbody>\n");
    es_html_table_end(html);
}

void es_html_tunnel_section(struct es_html *html, const struct es_tunnel *tunnel)
{
    static const struct es_html_slot slots[] = {
        {"id",         write_id          },
        {"number",     write_number      },
        {"worst",      write_worst       },
        {"peers",      write_peers       },
        {"state",      write_state       },
        {"verdict",    write_verdict     },
        {"findings",   write_findings    },
        {"timeline",   write_timeline    },
        {"ladder",     write_ladder      },
        {"sides",      write_sides       },
        {"ike-sas",    es_html_ike_sas   },
        {"algorithms", es_html_algorithms},
        {"children",   es_html_children  },
        {NULL,         NULL              },
    };
    html->tunnel = tunnel;
    es_html_fill(html, "tunnel.html", slots);
    html->tunnel = NULL;
}
