/*
 * espial show: every IKE message and what happens between them, as a ladder for people, as JSON
 * records, or as Mermaid text for a ticket.
 */
#include "analysis.h"
#include "command.h"
#include "terminal.h"

#include "espial/report.h"

#include <stdlib.h>
#include <unistd.h>

struct show {
    struct es_ladder *ladder; /* owned; NULL while the source is not open */
    bool enough;              /* nobody reads any more, or no memory is left */
};

static void on_message(void *context, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view)
{
    struct show *show = context;
    if (!show->enough)
        show->enough = !es_ladder_message(show->ladder, datagram, message, view);
}

static void on_forget(void *context)
{
    const struct show *show = context;
    es_ladder_forget(show->ladder);
}

static void on_event(void *context, const struct es_event *event)
{
    struct show *show = context;
    if (!show->enough)
        es_ladder_event(show->ladder, event);
}

/* What is no terminal is searched by lines: nothing is wrapped there, unless COLUMNS says so. */
static unsigned width(void)
{
    return isatty(STDOUT_FILENO) || getenv("COLUMNS") ? es_terminal_width() : 0;
}

static struct es_ladder *new_ladder(const struct es_options *options,
                                    const struct es_source *source)
{
    const struct es_ladder_options shape = {
        .form = options->json      ? ES_LADDER_JSON
                : options->mermaid ? ES_LADDER_MERMAID
                                   : ES_LADDER_TEXT,
        .detail = (enum es_ladder_detail)options->detail,
        .source = source,
        .tunnel = (uint32_t)options->tunnel,
        .utc = options->utc,
        .color = es_terminal_color(options) && !options->mermaid,
        .utf8 = es_terminal_utf8(),
        .width = width(),
    };
    return es_ladder_new(&shape, stdout);
}

/* What is known when the last packet was read. */
static enum es_exit finish(const struct es_options *options, const struct es_analysis *analysis,
                           const struct show *show)
{
    const struct es_model *model = es_pipeline_model(analysis->pipeline);
    if (!es_analysis_is_void(analysis) && options->tunnel > es_tunnels_ever(model)) {
        es_complain("there is no tunnel %llu: the capture has %u",
                    (unsigned long long)options->tunnel, es_tunnels_ever(model));
        return ES_EXIT_USAGE;
    }
    const bool written = es_was_written(es_ladder_finish(show->ladder, model));
    return es_analysis_complain(analysis) || !written ? ES_EXIT_INPUT : ES_EXIT_CLEAN;
}

/* Large pieces, where nobody looks on. */
enum { OUTPUT_BYTES = 1 << 16 };

enum es_exit es_show(const struct es_options *options)
{
    struct es_analysis analysis;
    struct show show = {0};
    const struct es_message_sink messages = {on_message, &show};
    const struct es_event_sink events = {on_event, &show, on_forget};
    enum es_exit status;
    if (options->json && options->mermaid) {
        es_complain("either --json or --mermaid; see espial show --help");
        return ES_EXIT_USAGE;
    }
    if (!isatty(STDOUT_FILENO))
        setvbuf(stdout, NULL, _IOFBF, OUTPUT_BYTES);
    if (!es_analysis_open(&analysis, options, &messages, &events, &status))
        return status;
    show.ladder = new_ladder(options, analysis.source);
    if (show.ladder) {
        es_analysis_read(&analysis, options, &show.enough);
        status = finish(options, &analysis, &show);
    } else {
        es_complain("no memory for the ladder");
        status = ES_EXIT_INPUT;
    }
    es_ladder_free(show.ladder);
    es_analysis_close(&analysis);
    return status;
}
