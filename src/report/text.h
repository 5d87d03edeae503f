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

#endif
