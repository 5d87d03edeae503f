/*
 * A capture file through the whole house: frames, model, findings, both reports.
 */
#include "fuzz.h"

static void on_message(void *context, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view)
{
    (void)view;
    es_report_message_json(datagram, message, context, fuzz_sink());
}

static void report(const struct es_pipeline *pipeline, const struct es_source *source)
{
    struct es_diagnosis *diagnosis = es_pipeline_diagnose(pipeline, source, NULL);
    const struct es_report report = {
        .model = es_pipeline_model(pipeline),
        .diagnosis = diagnosis,
        .source = source,
        .counts = es_pipeline_counts(pipeline),
        .utc = true,
        .color = true,
        .utf8 = true,
    };
    if (diagnosis) {
        es_report_text(&report, fuzz_sink());
        es_report_json(&report, fuzz_sink());
    }
    es_diagnosis_free(diagnosis);
}

/* So little for some inputs that the tracker must forget again and again; 0: plenty. */
static size_t memory_for(size_t size)
{
    static const size_t bytes[] = {0, 4 * 1024, 16 * 1024, 64 * 1024};
    return bytes[size % ES_COUNT(bytes)];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int file;
    struct es_source *source = fuzz_open(bytes, size, &file);
    struct es_pipeline_options options = {0};
    options.decoder.reassembly_bytes = 256 * 1024;
    options.decoder.seed[0] = 1;
    options.tracker.seed[0] = 1;
    options.tracker.max_memory = memory_for(size);
    options.messages.on = on_message;
    options.messages.context = source;
    struct es_pipeline *pipeline = es_pipeline_new(&options, NULL);
    struct es_frame frame;
    while (pipeline && es_source_next(source, &frame) == ES_STEP_FRAME)
        es_pipeline_frame(pipeline, &frame);
    if (pipeline)
        report(pipeline, source);
    es_pipeline_free(pipeline);
    fuzz_close(source, file);
    return 0;
}
