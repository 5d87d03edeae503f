/*
 * What of the model and the diagnosis a report shows.
 */
#include "selection.h"

static bool concerns(const struct es_report *report, const struct es_finding *finding)
{
    return !finding->tunnel || es_report_shows_tunnel(report, finding->tunnel);
}

bool es_report_shows_tunnel(const struct es_report *report, const struct es_tunnel *tunnel)
{
    return report->tunnel == 0 || report->tunnel == tunnel->number;
}

bool es_report_shows_finding(const struct es_report *report, const struct es_finding *finding)
{
    return finding->severity >= report->least && concerns(report, finding);
}

const struct es_finding *es_report_finding_next(const struct es_report *report,
                                                const struct es_finding *finding)
{
    while (finding && !es_report_shows_finding(report, finding))
        finding = finding->next;
    return finding;
}

bool es_report_has_several_files(const struct es_source *source)
{
    return source && es_source_file_count(source) > 1;
}

size_t es_report_count(const struct es_report *report, enum es_severity severity)
{
    size_t count = 0;
    for (const struct es_finding *f = es_diagnosis_findings(report->diagnosis); f; f = f->next)
        count += f->severity == severity && concerns(report, f);
    return count;
}
