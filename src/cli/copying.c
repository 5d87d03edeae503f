/*
 * Both readings of a capture, and what may go wrong between them.
 */
#include "copying.h"

#include "command.h"
#include "progress.h"
#include "spool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file as it was when it was opened. */
struct es_copying_mark {
    bool there;
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

static bool ends_in(const char *name, const char *suffix)
{
    const size_t length = strlen(name);
    const size_t end = strlen(suffix);
    return length >= end && strcmp(name + length - end, suffix) == 0;
}

bool es_copying_is_pcap(const struct es_options *options)
{
    return ends_in(options->write, ".pcap") || ends_in(options->write, ".cap");
}

/* False when it is not to be written there: it has complained. */
static bool is_writable(const struct es_options *options)
{
    static const char *const packed[] = {".gz", ".zst", ".xz", ".bz2", ".zip", ".lz4"};
    const char *name = options->command->name;
    struct stat about;
    if (!options->write) {
        es_complain("%s needs -w OUT, the capture to write; see espial %s --help", name, name);
        return false;
    }
    for (size_t i = 0; i < ES_COUNT(packed); i++) {
        if (ends_in(options->write, packed[i])) {
            es_complain("-w %s: captures are written unpacked; leave %s away", options->write,
                        packed[i]);
            return false;
        }
    }
    if (strcmp(options->write, "-") == 0) {
        if (!isatty(STDOUT_FILENO))
            return true;
        es_complain("-w -: a capture is nothing for a terminal; name a file, or send it on");
        return false;
    }
    if (stat(options->write, &about) == 0 && !S_ISREG(about.st_mode)) {
        es_complain("-w %s: is no file; - is standard output", options->write);
        return false;
    }
    return true;
}

/* --- a pipe among the inputs --- */

static bool is_pipe(const char *path)
{
    struct stat about;
    if (strcmp(path, "-") == 0)
        return true;
    return stat(path, &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

/* A pipe comes only once: it is kept, and standard input takes its place. */
static bool keep_pipe(struct es_copying *copying, enum es_exit *status)
{
    struct es_options *options = &copying->options;
    struct es_error error = {0};
    for (size_t i = 0; i < options->argument_count; i++) {
        copying->arguments[i] = options->arguments[i];
        if (!is_pipe(options->arguments[i]))
            continue;
        if (copying->pipe) {
            es_complain("%s and %s are pipes, of which there can be one: the capture is read twice",
                        copying->pipe, options->arguments[i]);
            *status = ES_EXIT_USAGE;
            return false;
        }
        copying->pipe = options->arguments[i];
        copying->arguments[i] = "-";
    }
    options->arguments = copying->arguments;
    if (!copying->pipe)
        return true;
    /* The first Ctrl-C is for who fills the pipe. */
    es_analysis_catch_signals();
    const bool kept = es_spool(copying->pipe, &copying->start, &error);
    es_analysis_forget_signal();
    if (!kept)
        es_complain("%s", error.text);
    return kept;
}

/* --- inputs that change --- */

static struct es_copying_mark mark_of(const char *name)
{
    struct stat about;
    struct es_copying_mark mark = {0};
    if (strcmp(name, "-") == 0 || stat(name, &about) != 0)
        return mark;
    mark.there = true;
    mark.device = about.st_dev;
    mark.inode = about.st_ino;
    mark.size = about.st_size;
    mark.changed = about.st_mtim;
    return mark;
}

static bool is_same_file(const struct es_copying_mark *a, const struct es_copying_mark *b)
{
    return a->there && b->there && a->device == b->device && a->inode == b->inode;
}

static bool is_unchanged(const struct es_copying_mark *a, const struct es_copying_mark *b)
{
    return a->there == b->there && (!a->there || (is_same_file(a, b) && a->size == b->size &&
                                                  a->changed.tv_sec == b->changed.tv_sec &&
                                                  a->changed.tv_nsec == b->changed.tv_nsec));
}

/* False when an input would be written over: it has complained. */
static bool mark_inputs(struct es_copying *copying)
{
    const struct es_source *source = copying->analysis.source;
    const size_t count = es_source_file_count(source);
    const struct es_copying_mark out = mark_of(copying->options.write);
    copying->marks = calloc(count + 1, sizeof(*copying->marks));
    if (!copying->marks) {
        es_complain("no memory");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = es_source_file(source, i)->name;
        copying->marks[i] = mark_of(name);
        if (is_same_file(&copying->marks[i], &out)) {
            es_complain("-w %s: is the input %s; nothing is written over what is read",
                        copying->options.write, name);
            return false;
        }
    }
    return true;
}

/* A line for each input that was not the same twice. */
static void complain_of_changes(struct es_copying *copying, const struct es_source *again)
{
    const struct es_source *source = copying->analysis.source;
    for (size_t i = 0; i < es_source_file_count(source); i++) {
        const struct es_source_file *before = es_source_file(source, i);
        const struct es_source_file *after = es_source_file(again, i);
        const struct es_copying_mark mark = mark_of(before->name);
        if (after && before->packets == after->packets && before->bytes == after->bytes &&
            is_unchanged(&copying->marks[i], &mark))
            continue;
        es_complain("%s: changed between its two readings; what was written may not fit it",
                    before->name);
        copying->complained = true;
    }
}

/* --- the first reading --- */

/* Asked before anything is read, which can take long. */
static bool can_begin(const struct es_options *options)
{
    struct es_output output;
    struct es_error error = {0};
    if (strcmp(options->write, "-") == 0)
        return true;
    if (!es_output_open(&output, options->write, &error)) {
        es_complain("%s", error.text);
        return false;
    }
    es_output_drop(&output);
    return true;
}

static bool read_first(struct es_copying *copying, enum es_exit *status)
{
    struct es_analysis *analysis = &copying->analysis;
    *status = ES_EXIT_INPUT;
    if (!can_begin(&copying->options))
        return false;
    es_analysis_read(analysis, &copying->options, NULL);
    if (es_analysis_is_interrupted()) {
        es_complain("interrupted: nothing was written");
        return false;
    }
    copying->complained = es_analysis_complain(analysis);
    if (es_analysis_is_void(analysis))
        return false;
    copying->diagnosis =
        es_pipeline_diagnose(analysis->pipeline, analysis->source, &copying->options.thresholds);
    if (!copying->diagnosis)
        es_complain("no memory for the diagnosis");
    return copying->diagnosis != NULL;
}

bool es_copying_open(struct es_copying *copying, const struct es_options *options,
                     struct es_anonymizer *anonymizer, enum es_exit *status)
{
    *copying = (struct es_copying){.options = *options};
    *status = ES_EXIT_USAGE;
    if (!is_writable(options))
        return false;
    *status = ES_EXIT_INPUT;
    copying->arguments = calloc(options->argument_count + 1, sizeof(*copying->arguments));
    if (!copying->arguments) {
        es_complain("no memory");
        return false;
    }
    if (keep_pipe(copying, status) &&
        es_analysis_open(&copying->analysis, &copying->options, NULL, NULL, status)) {
        *status = ES_EXIT_USAGE;
        copying->analysis.anonymizer = anonymizer;
        if (mark_inputs(copying) && read_first(copying, status))
            return true;
    }
    es_copying_close(copying);
    return false;
}

/* --- the second reading --- */

/* The files of the first reading, each by its name: a folder may have got more of them. */
static struct es_source *open_again(const struct es_copying *copying, struct es_copy *copy,
                                    struct es_error *error)
{
    const struct es_source *source = copying->analysis.source;
    const size_t count = es_source_file_count(source);
    const char **names = calloc(count + 1, sizeof(*names));
    if (!names) {
        es_error_set(error, ES_ERROR_MEMORY, "no memory to read it again");
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        names[i] = es_source_file(source, i)->name;
    if (copying->pipe && lseek(STDIN_FILENO, copying->start, SEEK_SET) < 0) {
        es_error_set(error, ES_ERROR_SYSTEM, "standard input: %s", strerror(errno));
        free(names);
        return NULL;
    }
    const struct es_source_options options = {
        .filter = copying->options.filter,
        .blocks = es_copy_blocks(copy),
        .stop = es_analysis_is_interrupted,
        .one_thread = copying->options.one_thread,
    };
    struct es_source *again = es_source_open(names, count, &options, error);
    free(names);
    return again;
}

static bool read_again(struct es_copying *copying, struct es_source *source, struct es_copy *copy,
                       struct es_error *error)
{
    const struct es_options *options = &copying->options;
    const uint64_t most = options->count ? options->count : UINT64_MAX;
    struct es_progress progress;
    struct es_frame frame;
    bool done = true;
    es_progress_init(&progress, source, !options->quiet);
    while (done && progress.frames < most && !es_analysis_is_interrupted() &&
           es_source_next(source, &frame) == ES_STEP_FRAME) {
        done = es_copy_frame(copy, source, &frame, error);
        es_progress_frame(&progress);
    }
    es_progress_fini(&progress);
    if (done && es_analysis_is_interrupted())
        done = es_error_set(error, ES_ERROR_SYSTEM, "interrupted: nothing was written");
    return done && es_copy_finish(copy, error);
}

static void complain_of_losses(const struct es_copy_counts *counts)
{
    if (counts->uncommented)
        es_complain("%" PRIu64 " comments left out: simple packet blocks can have none",
                    counts->uncommented);
    if (counts->blocks_lost)
        es_complain("%" PRIu64 " blocks left out: too large, or of contents that nobody knows in "
                    "another byte order",
                    counts->blocks_lost);
    if (counts->given_up)
        es_complain("%" PRIu64 " IP fragments left out: what they are of is not in the capture",
                    counts->given_up);
}

static void fill_shape(const struct es_copying *copying, struct es_copy_options *shape)
{
    const struct es_options *options = &copying->options;
    const struct es_source *source = copying->analysis.source;
    shape->path = options->write;
    shape->file_count = es_source_file_count(source);
    shape->pcap = es_copying_is_pcap(options);
    for (size_t i = 0; i < shape->file_count; i++)
        shape->nanoseconds |= es_source_file(source, i)->nanoseconds;
    const es_time last = es_pipeline_model(copying->analysis.pipeline)->last.time;
    const es_time end = es_source_end(source);
    shape->end = end > last ? end : last;
    memcpy(shape->decoder.ike_ports, options->ike_ports, sizeof(options->ike_ports));
    shape->decoder.ike_port_count = options->ike_port_count;
}

enum es_exit es_copying_write(struct es_copying *copying, struct es_copy_options *shape,
                              bool may_be_empty, struct es_copy_counts *counts)
{
    struct es_error error = {0};
    *counts = (struct es_copy_counts){0};
    fill_shape(copying, shape);
    struct es_copy *copy = es_copy_new(shape, &error);
    struct es_source *source = copy ? open_again(copying, copy, &error) : NULL;
    bool done = source && read_again(copying, source, copy, &error);
    if (done) {
        *counts = *es_copy_counts(copy);
        complain_of_changes(copying, source);
        complain_of_losses(counts);
    }
    es_source_free(source);
    if (done && (may_be_empty || counts->written))
        done = es_copy_close(copy, &error);
    else
        es_copy_discard(copy);
    if (!done) {
        es_complain("%s", error.text);
        return error.kind == ES_ERROR_USAGE ? ES_EXIT_USAGE : ES_EXIT_INPUT;
    }
    return copying->complained ? ES_EXIT_INPUT : ES_EXIT_CLEAN;
}

void es_copying_close(struct es_copying *copying)
{
    es_diagnosis_free(copying->diagnosis);
    es_analysis_close(&copying->analysis);
    free(copying->arguments);
    free(copying->marks);
    *copying = (struct es_copying){0};
}

void es_copying_say(const struct es_options *options, const char *format, ...)
{
    char words[1024];
    va_list arguments;
    if (options->quiet || strcmp(options->write, "-") == 0)
        return;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    struct es_text text;
    es_text_init(&text);
    es_text_add_printable(&text, (const uint8_t *)options->write, strlen(options->write));
    printf("%s: %s\n", es_text_chars(&text), words);
    es_text_fini(&text);
}
