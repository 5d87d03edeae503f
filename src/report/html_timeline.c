/*
 * A tunnel's course in time as a picture.
 */
#include "html.h"

#include <inttypes.h>

void es_html_timeline(struct es_html *html, const struct es_tunnel *tunnel)
{
    es_text_addf(html->out,
                 "<figure class=\"timeline\" id=\"timeline-%" PRIu32 "\">"
                 "<figcaption>Timeline</figcaption></figure>\n",
                 tunnel->number);
}
