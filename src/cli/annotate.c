/*
 * espial annotate: the capture again, with comments where findings have evidence.
 */
#include "command.h"
#include "copying.h"

#include <inttypes.h>

static enum es_exit annotate(struct es_copying *copying)
{
    const struct es_options *options = &copying->options;
    const struct es_model *model = es_pipeline_model(copying->analysis.pipeline);
    if (options->tunnel > es_tunnels_ever(model)) {
        es_complain("there is no tunnel %" PRIu64 ": the capture has %" PRIu32, options->tunnel,
                    es_tunnels_ever(model));
        return ES_EXIT_USAGE;
    }
    struct es_notes *notes = es_notes_new(copying->diagnosis, (enum es_severity)options->severity,
                                          (uint32_t)options->tunnel);
    if (!notes) {
        es_complain("no memory for the comments");
        return ES_EXIT_INPUT;
    }
    struct es_copy_options shape = {.notes = notes};
    struct es_copy_counts counts;
    const enum es_exit status = es_copying_write(copying, &shape, true, &counts);
    if (status == ES_EXIT_CLEAN || counts.written)
        es_copying_say(options, "%" PRIu64 " packets, %" PRIu64 " comments; %s", counts.written,
                       counts.comments, es_diagnosis_verdict(copying->diagnosis));
    es_notes_free(notes);
    return status;
}

enum es_exit es_annotate(const struct es_options *options)
{
    struct es_copying copying;
    enum es_exit status;
    if (options->write && es_copying_is_pcap(options)) {
        es_complain("-w %s: a pcap file has no place for comments; name it .pcapng",
                    options->write);
        return ES_EXIT_USAGE;
    }
    if (!es_copying_open(&copying, options, NULL, &status))
        return status;
    status = annotate(&copying);
    es_copying_close(&copying);
    return status;
}
