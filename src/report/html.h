/*
 * The parts of the HTML page. It is written into a text and bounded by it: parts look at how much
 * there is already.
 *
 * The page's policy forbids style attributes and anything from outside: what shapes an element is a
 * class (page.css, picture.css) or, in SVG, a presentation attribute.
 */
#ifndef ES_REPORT_HTML_H
#define ES_REPORT_HTML_H

#include "espial/report.h"

/* A packet that a ladder shows: what may be linked to. */
struct es_html_anchor {
    uint32_t tunnel, file;
    uint64_t number;
};

struct es_html {
    struct es_text *out;
    const struct es_report *report;
    const struct es_chronicle *chronicle; /* NULL: no messages were kept */
    const struct es_tunnel *tunnel;       /* of the part being written; or NULL */
    const struct es_finding *finding;     /* the same, */
    uint64_t finding_number;              /* and its place among those shown, from 1 */
    struct es_html_anchor *anchors;       /* owned; in order once the tunnels are written */
    size_t anchor_count, anchor_room;
    struct es_html_mark *marks; /* owned; findings by tunnel, see html_picture.h */
    size_t mark_count;
    const struct es_text *sections; /* the tunnels, written before all else */
};

/* --- html_text.c: escaping --- */

/* Adds hostile text: as content, or between quotes as an attribute's value. */
void es_html_text(struct es_text *out, const char *chars);
void es_html_text_bytes(struct es_text *out, const char *chars, size_t count);

/* --- html_template.c: the files of src/report/html/ --- */

/* What fills "{{name}}" in a template. */
struct es_html_slot {
    const char *name;
    void (*write)(struct es_html *html);
};

/* Adds a template, its slots filled; `slots` is ended by one without a name. */
void es_html_fill(struct es_html *html, const char *asset, const struct es_html_slot *slots);

/* --- html_link.c: what refers to what --- */

/*
 * Adds `packet-T-P`, or `packet-T-F-P` where there are several files: the id of a message in the
 * ladder of html->tunnel. It can be linked to from then on.
 */
void es_html_packet_id(struct es_html *html, const struct es_packet_ref *ref);

/* Adds `tunnel-N`, the id of a tunnel's section: it can be linked to once links are sorted. */
void es_html_section_id(struct es_html *html, const struct es_tunnel *tunnel);
void es_html_sort_links(struct es_html *html);
bool es_html_has_section(const struct es_html *html, const struct es_tunnel *tunnel);

/* Adds a packet's name ("#12"), linked to where the page shows it: its ladder, else the timeline
 * of the tunnel (which may be NULL: no link). */
void es_html_packet_link(struct es_html *html, const struct es_tunnel *tunnel,
                         const struct es_packet_ref *ref);

/* Adds a moment as people read it, in a <time> element with all its digits. */
void es_html_time(struct es_html *html, es_time time);

/* --- the pictures: <figure> elements, or nothing --- */

void es_html_timeline(struct es_html *html, const struct es_tunnel *tunnel);
void es_html_ladder(struct es_html *html, const struct es_tunnel *tunnel);

/* --- the other parts --- */

void es_html_finding_cards(struct es_html *html);
void es_html_tunnel_sections(struct es_html *html);

#endif
