/*
 * Findings as cards.
 */
#include "html.h"

#include "wording.h"

#include <inttypes.h>

static const struct es_finding *finding_of(const struct es_html *html)
{
    return html->findings[html->number - 1].finding;
}

static void write_number(struct es_html *html)
{
    es_text_add_decimal(html->out, html->number);
}

static void write_id(struct es_html *html)
{
    es_html_text(html->out, finding_of(html)->rule->id);
}

static void write_severity(struct es_html *html)
{
    es_html_text(html->out, es_severity_name(finding_of(html)->severity));
}

static void write_title(struct es_html *html)
{
    es_html_sentence(html->out, finding_of(html)->rule->title);
}

static void write_tunnel(struct es_html *html)
{
    if (!finding_of(html)->tunnel)
        return;
    es_html_tunnel_link(html, finding_of(html)->tunnel);
    es_text_add(html->out, " ");
}

static void write_summary(struct es_html *html)
{
    es_html_sentence(html->out, finding_of(html)->summary);
}

/* A row of facts with html->words; without words there is none. */
static void add_fact(struct es_html *html, const char *name)
{
    if (!html->words.length)
        return;
    es_text_addf(html->out, "<dt>%s</dt><dd>", name);
    es_html_words(html);
    es_text_add(html->out, "</dd>\n");
}

static void write_facts(struct es_html *html)
{
    const struct es_finding *f = finding_of(html);
    es_text_add_when(&html->words, html->report, f);
    add_fact(html, "When");
    es_text_add(&html->words, es_confidence_name(f->confidence));
    if (f->reason)
        es_text_addf(&html->words, ": %s", f->reason);
    add_fact(html, "Confidence");
    if (f->has_peer && f->tunnel) {
        es_text_add(html->out, "<dt>Look at</dt><dd><strong>");
        es_text_add_address(&html->words, &f->tunnel->peers[f->peer].address);
        es_html_words(html);
        es_text_add(html->out, "</strong>");
        if (f->role)
            es_text_addf(html->out, " (%s)", f->role);
        es_text_add(html->out, "</dd>\n");
    }
    if (f->display_filter) {
        es_text_add(html->out, "<dt>Wireshark</dt><dd><span class=\"copy\"><code>");
        es_html_text(html->out, f->display_filter);
        es_text_add(html->out, "</code></span></dd>\n");
    }
    if (f->rule->reference)
        es_text_add(&html->words, f->rule->reference);
    add_fact(html, "Reference");
}

static void write_evidence(struct es_html *html)
{
    const struct es_finding *f = finding_of(html);
    if (!f->evidence_count)
        return;
    es_text_add(html->out, "<div>\n<h4>Evidence</h4>\n<ol class=\"evidence\">\n");
    for (size_t i = 0; i < f->evidence_count; i++) {
        es_text_add(html->out, "<li>");
        es_html_packet_link(html, f->tunnel, &f->evidence[i].ref);
        es_text_add(html->out, " ");
        es_html_time(html, f->evidence[i].ref.time);
        es_text_add(html->out, " <span class=\"what\">");
        es_html_sentence(html->out, f->evidence[i].what);
        es_text_add(html->out, "</span></li>\n");
    }
    es_text_add(html->out, "</ol>\n</div>\n");
}

static void write_checks(struct es_html *html)
{
    const struct es_finding *f = finding_of(html);
    if (!f->check_count)
        return;
    es_text_add(html->out, "<div>\n<h4>What to check</h4>\n<ul class=\"checks\">\n");
    for (size_t i = 0; i < f->check_count; i++) {
        es_text_add(html->out, "<li>");
        es_html_sentence(html->out, f->checks[i]);
        es_text_add(html->out, "</li>\n");
    }
    es_text_add(html->out, "</ul>\n</div>\n");
}

static void add_consequence(struct es_html *html, const struct es_finding *consequence)
{
    es_text_addf(html->out, "<li><code>%s</code>: ", consequence->rule->id);
    es_html_text(html->out, consequence->summary);
    for (size_t i = 0; i < consequence->evidence_count; i++) {
        es_text_add(html->out, i == 0 ? " (" : ", ");
        es_html_packet_link(html, consequence->tunnel, &consequence->evidence[i].ref);
    }
    es_text_add(html->out, consequence->evidence_count ? ")</li>\n" : "</li>\n");
}

/* Folded below their root, as long as nobody asks. */
static void write_consequences(struct es_html *html)
{
    enum { SHOWN_MAX = 12 };
    uint64_t count = 0;
    const struct es_finding *first = finding_of(html)->consequences;
    for (const struct es_finding *c = first; c; c = c->next)
        count++;
    if (!count)
        return;
    es_text_add(html->out, "<details class=\"consequences\">\n<summary>");
    es_text_add_things(html->out, count, "consequence");
    es_text_add(html->out, "</summary>\n<ul>\n");
    uint64_t shown = 0;
    for (const struct es_finding *c = first; c && shown < SHOWN_MAX; c = c->next, shown++)
        add_consequence(html, c);
    es_text_add(html->out, "</ul>\n");
    es_html_folded(html, count - shown, "more consequence", "", "--json lists all");
    es_text_add(html->out, "</details>\n");
}

void es_html_finding_cards(struct es_html *html)
{
    static const struct es_html_slot slots[] = {
        {"number",       write_number      },
        {"id",           write_id          },
        {"severity",     write_severity    },
        {"title",        write_title       },
        {"tunnel",       write_tunnel      },
        {"summary",      write_summary     },
        {"facts",        write_facts       },
        {"evidence",     write_evidence    },
        {"checks",       write_checks      },
        {"consequences", write_consequences},
        {NULL,           NULL              },
    };
    uint64_t shown = 0;
    uint64_t folded = 0;
    for (size_t i = 0; i < html->finding_count; i++) {
        if (html->findings[i].finding->rule->category != ES_CATEGORY_FAULT)
            continue;
        if (html->findings[i].on_page) {
            html->number = i + 1;
            es_html_fill(html, "finding.html", slots);
            shown++;
        } else {
            folded++;
        }
    }
    if (!shown)
        es_text_add(html->out, "<p class=\"none\">Nothing wrong was found.</p>\n");
    es_html_folded(html, folded, "more finding", "",
                   "--json lists all, --tunnel N those of one tunnel");
}
