/*
 * The IKE messages between a tunnel's peers as a ladder.
 */
#include "html.h"

#include <inttypes.h>

void es_html_ladder(struct es_html *html, const struct es_tunnel *tunnel)
{
    es_text_addf(html->out,
                 "<figure class=\"ladder\" id=\"ladder-%" PRIu32 "\">"
                 "<figcaption>IKE messages</figcaption></figure>\n",
                 tunnel->number);
}
