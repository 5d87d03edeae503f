/*
 * A capture file read twice: annotated, and cut out of it what its first finding or its first
 * tunnel is about.
 */
#include "fuzz.h"

#include "espial/copy.h"

#include <fcntl.h>

static const uint64_t seed[2] = {1, 2};

/* Copies go to standard output. */
int LLVMFuzzerInitialize(int *count, char ***words);

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    const int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
        abort();
    return 0;
}

static void copy(int file, struct es_copy_options *shape)
{
    char path[32];
    struct es_error error;
    snprintf(path, sizeof(path), "/dev/fd/%d", file);
    const char *const paths[] = {path, path};
    shape->path = "-";
    shape->decoder.seed[0] = seed[0];
    shape->decoder.reassembly_bytes = 256 * 1024;
    struct es_copy *copy = es_copy_new(shape, &error);
    if (!copy)
        abort();
    const struct es_source_options options = {.blocks = es_copy_blocks(copy)};
    struct es_source *source = es_source_open(paths, shape->file_count, &options, &error);
    if (!source)
        abort();
    struct es_frame frame;
    bool done = true;
    while (done && es_source_next(source, &frame) == ES_STEP_FRAME)
        done = es_copy_frame(copy, source, &frame, &error);
    es_source_free(source);
    if (done && es_copy_finish(copy, &error))
        es_copy_close(copy, &error);
    else
        es_copy_discard(copy);
}

static void annotate(int file, const struct es_diagnosis *diagnosis)
{
    struct es_notes *notes = es_notes_new(diagnosis, ES_SEVERITY_NOTE, 0);
    if (!notes)
        abort();
    for (size_t files = 1; files <= 2; files++) {
        struct es_copy_options shape = {.notes = notes, .file_count = files};
        copy(file, &shape);
    }
    es_notes_free(notes);
}

static void extract(int file, const struct es_pipeline *pipeline,
                    const struct es_diagnosis *diagnosis, size_t turn)
{
    const struct es_finding *finding = es_diagnosis_findings(diagnosis);
    struct es_wishes wishes = {.context = ES_SECOND};
    struct es_error error;
    if (finding && turn % 2)
        wishes.findings[wishes.finding_count++] = finding->rule->id;
    else
        wishes.tunnels[wishes.tunnel_count++] = 1;
    struct es_selection *selection =
        es_selection_new(&wishes, es_pipeline_tracker(pipeline), diagnosis, &error);
    if (!selection)
        return;
    struct es_copy_options shape = {
        .selection = selection,
        .file_count = 1,
        .pcap = turn % 4 == 0,
        .numbers = true,
        .snap_esp = turn % 32,
        .end = es_pipeline_model(pipeline)->last.time + ES_SECOND,
    };
    copy(file, &shape);
    es_selection_free(selection);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int file;
    struct es_source *source = fuzz_open(bytes, size, &file);
    struct es_pipeline_options options = {0};
    options.decoder.seed[0] = options.tracker.seed[0] = seed[0];
    options.tracker.max_memory = size % 3 ? 0 : 16 * 1024;
    struct es_pipeline *pipeline = es_pipeline_new(&options, NULL);
    if (!pipeline)
        abort();
    struct es_frame frame;
    while (es_source_next(source, &frame) == ES_STEP_FRAME)
        es_pipeline_frame(pipeline, &frame);
    struct es_diagnosis *diagnosis = es_pipeline_diagnose(pipeline, source, NULL);
    if (diagnosis) {
        annotate(file, diagnosis);
        extract(file, pipeline, diagnosis, size);
    }
    es_diagnosis_free(diagnosis);
    es_pipeline_free(pipeline);
    fuzz_close(source, file);
    return 0;
}
