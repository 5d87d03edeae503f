/*
 * Tables of the page.
 */
#include "html.h"

#include "wording.h"

void es_html_table(struct es_html *html, const char *class, const char *caption,
                   const struct es_html_column *columns)
{
    /* What scrolls must be reachable without a mouse. */
    es_text_addf(html->out,
                 "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\">\n"
                 "<table class=\"%s\">\n<caption>%s</caption>\n<thead><tr>",
                 caption, class, caption);
    for (; columns->title; columns++)
        es_text_addf(html->out, "<th scope=\"col\"%s>%s</th>",
                     columns->number ? " class=\"n\"" : "", columns->title);
    es_text_add(html->out, "</tr></thead>\n");
}

void es_html_table_end(struct es_html *html)
{
    es_text_add(html->out, "</table>\n</div>\n");
}

void es_html_cell(struct es_html *html, const char *class)
{
    if (class)
        es_text_addf(html->out, "<td class=\"%s\">", class);
    else
        es_text_add(html->out, "<td>");
    es_html_words(html);
    es_text_add(html->out, "</td>");
}

void es_html_count_cell(struct es_html *html, const char *class, uint64_t count)
{
    es_text_add_count(&html->words, count);
    es_html_cell(html, class);
}

void es_html_time_cell(struct es_html *html, const struct es_packet_ref *ref)
{
    es_text_add(html->out, "<td>");
    if (es_ref_seen(ref))
        es_html_time(html, ref->time);
    es_text_add(html->out, "</td>");
}

void es_html_more(struct es_html *html, unsigned columns)
{
    if (!html->words.length)
        return;
    es_text_addf(html->out, "<tr class=\"more\"><td></td><td colspan=\"%u\">", columns - 1);
    es_html_words(html);
    es_text_add(html->out, "</td></tr>\n");
}

void es_html_folded(struct es_html *html, uint64_t count, const char *noun, const char *where,
                    const char *how)
{
    if (!count)
        return;
    es_text_add(html->out, "<p class=\"folded\">");
    es_text_add_things(html->out, count, noun);
    es_text_addf(html->out, " %s not shown%s: %s.</p>\n", count == 1 ? "is" : "are", where, how);
}
