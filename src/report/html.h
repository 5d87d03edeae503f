/*
 * The parts of the HTML page. It is written into a text and bounded: parts fold what is too much,
 * and say so.
 *
 * The page's policy forbids style attributes and anything from outside: what shapes an element is a
 * class (page.css, picture.css) or, in SVG, a presentation attribute.
 */
#ifndef ES_REPORT_HTML_H
#define ES_REPORT_HTML_H

#include "espial/report.h"

/* A packet that a ladder shows: what may be linked to. Number 0: the section of the tunnel. */
struct es_html_anchor {
    uint32_t tunnel, file;
    uint64_t number;
};

/* The findings that concern a tunnel. */
struct es_html_toll {
    uint32_t first;                         /* in es_html.findings, plus 1; 0: there is none */
    uint32_t last;                          /* the same */
    uint32_t counts[ES_SEVERITY_ERROR + 1]; /* by severity */
};

/* A finding that the report shows. */
struct es_html_finding {
    const struct es_finding *finding;
    uint32_t next; /* of the same tunnel, as es_html_toll.first */
    bool on_page;  /* it has an element of its own: #finding-N, N from 1 in this list */
};

struct es_html {
    struct es_text *out;
    struct es_text words; /* scratch: es_html_words() */
    const struct es_report *report;
    const struct es_chronicle *chronicle; /* NULL: no messages were kept */
    const struct es_tunnel *tunnel;       /* of the part being written; or NULL */
    size_t number;                        /* of the finding being written, from 1 */
    struct es_html_finding *findings;     /* owned; in the order of the JSON report */
    size_t finding_count;
    struct es_html_toll *tolls;     /* owned; by the tunnel's number, 0: of the whole capture */
    struct es_html_anchor *anchors; /* owned; in order once the tunnels are written */
    size_t anchor_count, anchor_room;
    const struct es_tunnel *
        *sections; /* owned; the tunnels that have a section, in order of number */
    size_t section_count;
    const struct es_text *tunnels; /* their part of the page, written before all else */
};

/* What is folded beyond. */
enum {
    ES_HTML_CARDS_MAX = 100,  /* findings as cards */
    ES_HTML_ASIDES_MAX = 300, /* lines of either kind */
    ES_HTML_SECTIONS_MAX = 100,
    ES_HTML_SECTION_BYTES = 3 << 20, /* of all sections: no further one begins behind it */
    ES_HTML_ROWS_MAX = 1000,         /* tunnels in the list of them */
    ES_HTML_IKE_SAS_MAX = 20,        /* of a tunnel, the newest */
    ES_HTML_CHILDREN_MAX = 30,
    ES_HTML_TEXT_MAX = 2048, /* bytes that one piece of text may take */
};

/* --- html_text.c: escaping --- */

/*
 * Adds hostile text: as content, or between quotes as an attribute's value. What is longer than
 * ES_HTML_TEXT_MAX is cut and ends in "…".
 */
void es_html_text(struct es_text *out, const char *chars);
void es_html_text_bytes(struct es_text *out, const char *chars, size_t count);

/* The same for a sentence or a title that does without a capital elsewhere. */
void es_html_sentence(struct es_text *out, const char *chars);

/* Adds html->words like that, and empties it. */
void es_html_words(struct es_html *html);

/* --- html_template.c: the files of src/report/html/ --- */

/* What fills "{{name}}" in a template. */
struct es_html_slot {
    const char *name;
    void (*write)(struct es_html *html);
};

/* Adds a template, its slots filled; `slots` is ended by one without a name. */
void es_html_fill(struct es_html *html, const char *asset, const struct es_html_slot *slots);

/* --- html_roll.c: which findings there are, and whose they are --- */

/* False when no memory is left. */
bool es_html_roll_init(struct es_html *html);

/* Of the tunnel, or for NULL of the whole capture. */
const struct es_html_toll *es_html_toll(const struct es_html *html, const struct es_tunnel *tunnel);

/* "error", "warning", "note" or, when nothing was found, "none". */
const char *es_html_worst(const struct es_html *html, const struct es_tunnel *tunnel);

/* The number N of a finding's element #finding-N, that of the root for a consequence; 0: it is not
 * on the page. */
size_t es_html_finding_number(const struct es_html *html, const struct es_finding *finding);

/* --- html_link.c: what refers to what --- */

/*
 * Adds `packet-T-P`, or `packet-T-F-P` where there are several files: the id of a message in the
 * ladder of html->tunnel. It can be linked to once links are sorted.
 */
void es_html_packet_id(struct es_html *html, const struct es_packet_ref *ref);

/* Adds `tunnel-N`, the id of a tunnel's section, in the same way. */
void es_html_section_id(struct es_html *html, const struct es_tunnel *tunnel);

void es_html_sort_links(struct es_html *html);
bool es_html_has_section(const struct es_html *html, const struct es_tunnel *tunnel);

/* Adds a packet's name ("#12"), linked to where the page shows it: its ladder, else the timeline
 * of the tunnel (which may be NULL: no link). */
void es_html_packet_link(struct es_html *html, const struct es_tunnel *tunnel,
                         const struct es_packet_ref *ref);

/* Adds "Tunnel 7", linked to its section when it has one. */
void es_html_tunnel_link(struct es_html *html, const struct es_tunnel *tunnel);

/* Adds a moment as people read it, in a <time> element with all its digits. */
void es_html_time(struct es_html *html, es_time time);

/* --- the pictures: <figure> elements, or nothing --- */

void es_html_timeline(struct es_html *html, const struct es_tunnel *tunnel);
void es_html_ladder(struct es_html *html, const struct es_tunnel *tunnel);

/* --- the other parts --- */

/* html_head.c */
void es_html_title(struct es_html *html);
void es_html_counts(struct es_html *html);
void es_html_capture(struct es_html *html);
void es_html_caveats(struct es_html *html);
void es_html_contents(struct es_html *html);

/* html_finding.c, html_aside.c */
void es_html_finding_cards(struct es_html *html);
void es_html_asides(struct es_html *html);

/* html_tunnel.c: the sections; html_tunnels.c: which ones, and the list of all */
void es_html_tunnel_section(struct es_html *html, const struct es_tunnel *tunnel);
void es_html_tunnel_sections(struct es_html *html);

/* Tables of html->tunnel; nothing where there is nothing to tell. */
void es_html_ike_sas(struct es_html *html);
void es_html_algorithms(struct es_html *html);
void es_html_children(struct es_html *html);

/* --- html_table.c --- */

struct es_html_column {
    const char *title;
    bool number; /* stands at the right edge */
};

/* Begins a table that scrolls where it is too wide; `columns` is ended by one without a title. */
void es_html_table(struct es_html *html, const char *class, const char *caption,
                   const struct es_html_column *columns);
void es_html_table_end(struct es_html *html);

/* A cell with html->words, which is emptied; `class` may be NULL. */
void es_html_cell(struct es_html *html, const char *class);
void es_html_count_cell(struct es_html *html, const char *class, uint64_t count);

/* A cell with a moment, empty when no packet tells it. */
void es_html_time_cell(struct es_html *html, const struct es_packet_ref *ref);

/* A row below the last one that says more of it: html->words, in all columns but the first. Nothing
 * when there are none. */
void es_html_more(struct es_html *html, unsigned columns);

/*
 * Adds a paragraph like "3 older IKE SAs are not shown below: --json lists all."; nothing for 0.
 * `where` is "" or begins with a space.
 */
void es_html_folded(struct es_html *html, uint64_t count, const char *noun, const char *where,
                    const char *how);

#endif
