/*
 * The report of all that was read: what triage ends with, and a watch that is stopped.
 */
#include "analysis.h"
#include "command.h"
#include "html_file.h"
#include "terminal.h"

#include "espial/report.h"

static bool is_tunnel_there(const struct es_options *options, const struct es_model *model)
{
    if (options->tunnel <= es_tunnels_ever(model))
        return true;
    es_complain("there is no tunnel %llu: the capture has %u", (unsigned long long)options->tunnel,
                es_tunnels_ever(model));
    return false;
}

enum es_exit es_analysis_conclude(const struct es_analysis *analysis,
                                  const struct es_options *options)
{
    const struct es_model *model = es_pipeline_model(analysis->pipeline);
    const bool is_void = es_analysis_is_void(analysis);
    if (!is_void && !is_tunnel_there(options, model))
        return ES_EXIT_USAGE;
    struct es_diagnosis *diagnosis =
        es_pipeline_diagnose(analysis->pipeline, analysis->source, &options->thresholds);
    if (!diagnosis) {
        es_complain("no memory for the diagnosis");
        return ES_EXIT_INPUT;
    }
    const struct es_opened_counts *opened = es_pipeline_opened(analysis->pipeline);
    const struct es_report_keys keys = {
        .ike_opened = opened->opened,
        .ike_closed = opened->no_key,
        .ike_wrong = opened->wrong_key,
        .esp_opened = opened->esp_opened,
        .esp_closed = opened->esp_no_key,
        .esp_wrong = opened->esp_wrong_key,
    };
    if (analysis->chronicle)
        es_chronicle_finish(analysis->chronicle, model);
    const struct es_report r = {
        .model = model,
        .chronicle = analysis->chronicle,
        .diagnosis = diagnosis,
        .source = analysis->source,
        .counts = es_pipeline_counts(analysis->pipeline),
        .keys = analysis->keys ? &keys : NULL,
        .elapsed_s = analysis->elapsed_s,
        .least = (enum es_severity)options->severity,
        .tunnel = (uint32_t)options->tunnel,
        .utc = options->utc,
        .color = es_terminal_color(options),
        .utf8 = es_terminal_utf8(),
        .quiet = options->quiet,
        .width = es_terminal_width(),
    };
    bool written = true;
    if (options->json)
        written = es_report_json(&r, stdout);
    else if (options->markdown && !is_void)
        written = es_report_markdown(&r, stdout);
    else if (!is_void && !es_html_file_is_standard_output(options))
        written = es_report_text(&r, stdout);
    const bool kept = es_html_file_write(options, &r);
    written = es_was_written(written && es_diagnosis_is_whole(diagnosis)) && kept;
    const bool found =
        es_report_count(&r, ES_SEVERITY_ERROR) + es_report_count(&r, ES_SEVERITY_WARNING) > 0;
    es_diagnosis_free(diagnosis);
    if (!written)
        return ES_EXIT_INPUT;
    return found && !options->exit_zero ? ES_EXIT_FINDINGS : ES_EXIT_CLEAN;
}
