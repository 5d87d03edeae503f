/*
 * espial show: every IKE message, as a line for people or a JSON record.
 */
#include "analysis.h"
#include "command.h"

#include "espial/report.h"

struct show {
    const struct es_options *options;
    const struct es_analysis *analysis;
    bool enough; /* nobody reads any more, or no memory is left */
};

static void on_message(void *context, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view)
{
    (void)view;
    struct show *show = context;
    const struct es_source *source = show->analysis->source;
    if (show->enough)
        return;
    const bool written =
        show->options->json
            ? es_report_message_json(datagram, message, source, stdout)
            : es_report_message_text(datagram, message, source, show->options->utc, stdout);
    show->enough = !written;
}

enum es_exit es_show(const struct es_options *options)
{
    struct es_analysis analysis;
    struct show show = {.options = options, .analysis = &analysis};
    const struct es_message_sink sink = {on_message, &show};
    enum es_exit status;
    if (!es_analysis_open(&analysis, options, &sink, &status))
        return status;
    es_analysis_read(&analysis, options, &show.enough);
    status = es_analysis_complain(&analysis) ? ES_EXIT_INPUT : ES_EXIT_CLEAN;
    es_analysis_close(&analysis);
    return status;
}
