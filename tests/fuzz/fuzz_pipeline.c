/*
 * A capture file through the whole house: frames, model, findings, ladders, metrics, all reports.
 */
#include "fuzz.h"

#include "espial/report/chronicle.h"

enum { LADDERS = 3 };

struct ladders {
    struct es_ladder *at[LADDERS];  /* owned */
    struct es_chronicle *chronicle; /* owned */
};

static void on_message(void *context, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view)
{
    const struct ladders *ladders = context;
    for (int i = 0; i < LADDERS; i++)
        es_ladder_message(ladders->at[i], datagram, message, view);
    es_chronicle_message(ladders->chronicle, datagram, message, view);
}

static void on_event(void *context, const struct es_event *event)
{
    const struct ladders *ladders = context;
    for (int i = 0; i < LADDERS; i++)
        es_ladder_event(ladders->at[i], event);
    es_chronicle_event(ladders->chronicle, event);
}

static void on_forget(void *context)
{
    const struct ladders *ladders = context;
    for (int i = 0; i < LADDERS; i++)
        es_ladder_forget(ladders->at[i]);
}

/* One in each form, and a chronicle that must fold and forget. */
static void set_up(struct ladders *ladders, const struct es_source *source)
{
    const struct es_chronicle_options bounds = {.max_bytes = 64 * 1024, .max_entries = 16};
    ladders->chronicle = es_chronicle_new(&bounds);
    if (!ladders->chronicle)
        abort();
    for (int i = 0; i < LADDERS; i++) {
        const struct es_ladder_options options = {
            .form = (enum es_ladder_form)i,
            .detail = ES_LADDER_FIELDS,
            .source = source,
            .utc = true,
            .color = true,
            .width = 80,
        };
        ladders->at[i] = es_ladder_new(&options, fuzz_sink());
        if (!ladders->at[i])
            abort();
    }
}

static void end(struct ladders *ladders, const struct es_model *model)
{
    for (int i = 0; i < LADDERS; i++) {
        es_ladder_finish(ladders->at[i], model);
        es_ladder_free(ladders->at[i]);
    }
}

static void measure(const struct es_pipeline *pipeline, const struct es_source *source)
{
    static const uint64_t seed[2] = {1, 2};
    const struct es_metrics_facts facts = {
        .model = es_pipeline_model(pipeline),
        .counts = es_pipeline_counts(pipeline),
        .source = source,
    };
    struct es_metrics *metrics = es_metrics_new(4, seed);
    struct es_text text;
    es_text_init(&text);
    if (!metrics)
        abort();
    es_metrics_write(metrics, &facts, &text);
    es_text_fini(&text);
    es_metrics_free(metrics);
}

static void report(const struct es_pipeline *pipeline, const struct es_source *source,
                   struct es_chronicle *chronicle)
{
    struct es_diagnosis *diagnosis = es_pipeline_diagnose(pipeline, source, NULL);
    struct es_text page;
    es_chronicle_finish(chronicle, es_pipeline_model(pipeline));
    const struct es_report report = {
        .model = es_pipeline_model(pipeline),
        .chronicle = chronicle,
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
        es_text_init(&page);
        es_report_html(&report, &page);
        es_text_fini(&page);
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
    struct ladders ladders;
    set_up(&ladders, source);
    options.messages = (struct es_message_sink){on_message, &ladders};
    options.tracker.events = (struct es_event_sink){on_event, &ladders, on_forget};
    struct es_pipeline *pipeline = es_pipeline_new(&options, NULL);
    if (!pipeline)
        abort();
    struct es_frame frame;
    while (es_source_next(source, &frame) == ES_STEP_FRAME)
        es_pipeline_frame(pipeline, &frame);
    end(&ladders, es_pipeline_model(pipeline));
    measure(pipeline, source);
    report(pipeline, source, ladders.chronicle);
    es_chronicle_free(ladders.chronicle);
    es_pipeline_free(pipeline);
    fuzz_close(source, file);
    return 0;
}
