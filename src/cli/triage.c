/*
 * espial triage: read, diagnose, report.
 */
#include "analysis.h"
#include "command.h"

enum es_exit es_triage(const struct es_options *options)
{
    struct es_analysis analysis;
    enum es_exit status;
    if (!es_analysis_open(&analysis, options, NULL, NULL, &status))
        return status;
    es_analysis_read(&analysis, options, NULL);
    status = es_analysis_conclude(&analysis, options);
    if (es_analysis_complain(&analysis))
        status = ES_EXIT_INPUT;
    es_analysis_close(&analysis);
    return status;
}
