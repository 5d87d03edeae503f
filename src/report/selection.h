/*
 * What of the model and the diagnosis a report shows: all writers agree on it.
 */
#ifndef ES_REPORT_SELECTION_H
#define ES_REPORT_SELECTION_H

#include "espial/report.h"

/* The report is about this tunnel. */
bool es_report_shows_tunnel(const struct es_report *report, const struct es_tunnel *tunnel);

/* The finding is of a tunnel that is shown (or of the whole capture) and severe enough. */
bool es_report_shows_finding(const struct es_report *report, const struct es_finding *finding);

/* The first of `finding` and those after it that is shown, or NULL. */
const struct es_finding *es_report_finding_next(const struct es_report *report,
                                                const struct es_finding *finding);

/* Packet numbers alone do not say where a packet stands. */
bool es_report_has_several_files(const struct es_source *source);

#endif
