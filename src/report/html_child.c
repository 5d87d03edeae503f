/*
 * A tunnel's Child SAs, and the packets in each of their directions.
 */
#include "html.h"

#include "wording.h"

#include <inttypes.h>

enum { COLUMNS = 10 };

/* "of IKE SA 1, replaces Child 1, replaced by Child 3" */
static void add_kinship(struct es_text *words, const struct es_child_sa *child)
{
    if (child->ike_sa)
        es_text_addf(words, "of IKE SA %" PRIu32, child->ike_sa->number);
    else
        es_text_add(words, "its negotiation was not seen");
    if (child->rekeys && !es_child_is_beside(child->rekeys))
        es_text_addf(words, ", replaces Child %" PRIu32, child->rekeys->number);
    if (child->rekeyed_by && !es_child_is_beside(child))
        es_text_addf(words, ", replaced by Child %" PRIu32, child->rekeyed_by->number);
}

static void separate(struct es_text *words)
{
    es_text_add(words, words->length ? "; " : "");
}

/* What is not worth a column: most flows have none of it. */
static void add_oddities(struct es_text *words, const struct es_flow *flow)
{
    if (es_sequence_disorder(&flow->sequence)->resets) {
        separate(words);
        es_text_addf(words, "counter of 0x%08" PRIx32 " restarted %" PRIu64 "x", flow->key.spi,
                     es_sequence_disorder(&flow->sequence)->resets);
    }
    if (flow->inner && flow->inner->protocol) {
        separate(words);
        es_text_addf(words, "inside 0x%08" PRIx32 ": ", flow->key.spi);
        es_text_add_inner(words, flow->inner);
    }
}

/* With keys: what it may carry, and how. */
static void add_terms(struct es_text *words, const struct es_child_sa *child)
{
    if (child->selectors[0].count || child->selectors[1].count) {
        es_text_add_selectors(words, &child->selectors[0]);
        es_text_add(words, " \u2194 ");
        es_text_add_selectors(words, &child->selectors[1]);
    }
    if (child->chosen.count) {
        separate(words);
        es_text_add_transforms(words, &child->chosen);
    }
    for (int side = 0; side < 2; side++) {
        if (child->flows[side])
            add_oddities(words, child->flows[side]);
    }
}

static const char *remark_on(const struct es_child_sa *child)
{
    const char *remark = NULL;
    for (size_t i = 0; i < child->chosen.count && !remark; i++)
        remark = es_policy_remark(&child->chosen.transforms[i], true);
    return remark;
}

static void write_event(struct es_html *html, const char *what, const struct es_child_event *event)
{
    if (!es_ref_seen(&event->ref))
        return;
    es_text_addf(html->out, "<span class=\"event\">%s ", what);
    es_html_time(html, event->ref.time);
    es_text_add(html->out,
                event->provenance == ES_PROVENANCE_INFERRED ? ", inferred</span>" : "</span>");
}

static void write_child_cell(struct es_html *html, const struct es_child_sa *child)
{
    es_text_addf(html->out,
                 "<th scope=\"rowgroup\" rowspan=\"2\">Child %" PRIu32 " <span class=\"terms\">",
                 child->number);
    write_event(html, "since", &child->created);
    write_event(html, "deleted", &child->deleted);
    add_kinship(&html->words, child);
    es_html_words(html);
    es_text_add(html->out, "</span>");
    if (remark_on(child))
        es_text_addf(html->out, " <span class=\"odd\">%s</span>", remark_on(child));
    es_text_add(html->out, "</th>");
}

/* Whose packets these are, in the colour that it has everywhere. */
static void write_sender(struct es_html *html, const struct es_tunnel *tunnel, uint8_t side)
{
    es_text_add_address(&html->words, &tunnel->peers[side].address);
    es_html_cell(html, side ? "mono name from1" : "mono name from0");
}

static void write_flow(struct es_html *html, const struct es_flow *flow)
{
    const struct es_sequence *sequence = &flow->sequence;
    const struct es_disorder *disorder = es_sequence_disorder(sequence);
    const uint64_t lost = es_sequence_lost(sequence);
    write_sender(html, flow->tunnel, flow->side);
    es_text_addf(&html->words, "%s0x%08" PRIx32, flow->key.protocol == 51 ? "AH " : "",
                 flow->key.spi);
    es_html_cell(html, "spi");
    es_html_count_cell(html, "n", flow->packets);
    es_text_add_size(&html->words, flow->bytes);
    es_html_cell(html, "n");
    es_html_count_cell(html, lost ? "n odd" : "n", lost);
    es_html_count_cell(html, disorder->reordered ? "n odd" : "n", disorder->reordered);
    es_html_count_cell(html, disorder->duplicates ? "n odd" : "n", disorder->duplicates);
    es_html_time_cell(html, &flow->first);
    es_html_time_cell(html, &flow->last);
}

/* A direction that was negotiated, but in which nothing came. */
static void write_silence(struct es_html *html, const struct es_child_sa *child, uint8_t side)
{
    write_sender(html, child->tunnel, side);
    if (child->spis[side])
        es_text_addf(&html->words, "0x%08" PRIx32, child->spis[side]);
    es_html_cell(html, "spi");
    es_html_count_cell(html, "n", 0);
    for (int i = 0; i < 6; i++)
        es_html_cell(html, NULL);
}

static void write_child(struct es_html *html, const struct es_child_sa *child)
{
    es_text_add(html->out, "<tbody>\n<tr>");
    write_child_cell(html, child);
    for (uint8_t side = 0; side < 2; side++) {
        if (child->flows[side])
            write_flow(html, child->flows[side]);
        else
            write_silence(html, child, side);
        es_text_add(html->out, side ? "</tr>\n" : "</tr>\n<tr>");
    }
    add_terms(&html->words, child);
    es_html_more(html, COLUMNS);
    es_text_add(html->out, "</tbody>\n");
}

/* The list is newest first and is shown the other way round. */
void es_html_children(struct es_html *html)
{
    static const struct es_html_column columns[COLUMNS + 1] = {
        {"Child SA",   false},
        {"Sender",     false},
        {"SPI",        false},
        {"Packets",    true },
        {"Bytes",      true },
        {"Lost",       true },
        {"Reordered",  true },
        {"Duplicates", true },
        {"First",      false},
        {"Last",       false},
        {NULL,         false},
    };
    const struct es_child_sa *shown[ES_HTML_CHILDREN_MAX];
    size_t count = 0;
    uint64_t hidden = 0;
    for (const struct es_child_sa *c = html->tunnel->children; c; c = c->next_in_tunnel) {
        if (c->withdrawn)
            continue;
        if (count < ES_COUNT(shown))
            shown[count++] = c;
        else
            hidden++;
    }
    if (!count)
        return;
    es_html_table(html, "children", "Child SAs and their traffic", columns);
    while (count > 0)
        write_child(html, shown[--count]);
    es_html_table_end(html);
    es_html_folded(html, hidden, "older Child SA", "", "--json lists all");
}
