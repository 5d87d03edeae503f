/*
 * The parts of the text report.
 */
#ifndef ES_REPORT_TEXT_H
#define ES_REPORT_TEXT_H

#include "page.h"

#include "espial/report.h"

void es_text_write_finding(struct es_page *page, const struct es_report *report,
                           const struct es_finding *finding);
void es_text_write_tunnel(struct es_page *page, const struct es_report *report,
                          const struct es_tunnel *tunnel);

/* The time that the sparklines of a tunnel share, so that one can be held against another. */
struct es_axis {
    es_time start;
    es_time length; /* 0: a single moment */
};

struct es_axis es_axis_of(const struct es_tunnel *tunnel);
void es_text_write_flow(struct es_page *page, const struct es_report *report,
                        const struct es_flow *flow, const struct es_axis *axis);

#endif
