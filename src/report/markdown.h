/*
 * The Markdown report's parts: markdown.c decides what comes when.
 */
#ifndef ES_REPORT_MARKDOWN_H
#define ES_REPORT_MARKDOWN_H

#include "espial/report.h"

struct es_markdown {
    const struct es_report *report;
    struct es_text out;
    struct es_text words; /* being put together, to be escaped as a whole */
};

/* markdown_text.c: text that shows as it is, whatever a capture made of it. */
void es_markdown_text(struct es_text *out, const char *chars);
void es_markdown_code(struct es_text *out, const char *chars);
/* Adds the words, and empties them. */
void es_markdown_words(struct es_markdown *markdown);
/* "30", or with the file's name: without the sign that makes a link to an issue of it. */
void es_markdown_packet(struct es_markdown *markdown, const struct es_packet_ref *ref);

/* markdown_finding.c */
void es_markdown_finding(struct es_markdown *markdown, const struct es_finding *finding);

/* markdown_tunnel.c: the list of tunnels, and a section of one with its ladder. */
void es_markdown_tunnels(struct es_markdown *markdown);
void es_markdown_tunnel(struct es_markdown *markdown, const struct es_tunnel *tunnel);

#endif
