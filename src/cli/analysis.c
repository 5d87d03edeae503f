/*
 * A capture being read, from opening it to the complaints at the end.
 */
#include "analysis.h"

#include "command.h"
#include "guard.h"
#include "html_file.h"
#include "outlets.h"
#include "progress.h"
#include "sandbox.h"
#include "terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { LIVE_TIMEOUT_MS = 200, SCREEN_TIMEOUT_MS = 50 };

/* Set by Ctrl-C: the report of what was read so far comes then. */
static volatile sig_atomic_t interrupted;

/* A second one ends the program. */
static void on_signal(int number)
{
    if (interrupted) {
        es_guard_restore();
        signal(number, SIG_DFL);
        raise(number);
    }
    interrupted = 1;
}

void es_analysis_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool es_analysis_is_interrupted(void)
{
    return interrupted != 0;
}

void es_analysis_forget_signal(void)
{
    interrupted = 0;
}

/* "traige a.pcap": no file of that name, but nearly a command. */
static bool is_slip(const struct es_options *options)
{
    if (options->command_named || options->argument_count == 0)
        return false;
    const char *word = options->arguments[0];
    const char *command = strpbrk(word, "/.") ? NULL : es_options_nearest_command(word);
    if (!command || access(word, F_OK) == 0)
        return false;
    es_complain("\"%s\" is neither a command nor a file; did you mean %s?", word, command);
    return true;
}

static enum es_exit status_of(const struct es_error *error)
{
    return error->kind == ES_ERROR_USAGE ? ES_EXIT_USAGE : ES_EXIT_INPUT;
}

void es_analysis_live_options(const struct es_options *options, struct es_live_options *out)
{
    /* Enough for the headers around, a tunnel's outer one too, and what cipher hints look at. */
    enum { ESP_BYTES = 160 };
    /* While the rules look at many tunnels nothing is read, and libpcap's own 2 MiB are full of
     * small packets within 30 ms at line rate. */
    enum { WATCH_BUFFER_KIB = 16 * 1024 };
    const bool screen = es_terminal_screen(options);
    const bool watches = options->command->bit == ES_COMMAND_WATCH;
    *out = (struct es_live_options){
        .filter = options->filter,
        .ipsec_only = watches,
        .ike_ports = options->ike_ports,
        .ike_port_count = options->ike_port_count,
        .esp_bytes = options->full || options->key_path_count ? 0 : ESP_BYTES,
        /* Keys are looked at in between. */
        .timeout_ms = screen ? SCREEN_TIMEOUT_MS : LIVE_TIMEOUT_MS,
        .buffer_kib = options->buffer_kib > INT_MAX ? INT_MAX
                      : options->buffer_kib         ? (int)options->buffer_kib
                      : watches                     ? WATCH_BUFFER_KIB
                                                    : 0,
        .promiscuous = options->promiscuous,
    };
}

static struct es_source *open_source(const struct es_options *options, struct es_error *error)
{
    if (options->interface) {
        struct es_live_options live;
        es_analysis_live_options(options, &live);
        return es_source_open_live(options->interface, &live, error);
    }
    const struct es_source_options files = {
        .filter = options->filter,
        .stop = es_analysis_is_interrupted,
        .one_thread = options->one_thread,
    };
    return es_source_open(options->arguments, options->argument_count, &files, error);
}

static bool is_possible(const struct es_options *options)
{
    const char *name = options->command->name;
    if (options->interface && options->argument_count) {
        es_complain("either -i or files; see espial %s --help", name);
        return false;
    }
    if (!options->interface && !options->argument_count) {
        es_complain("%s needs a capture file (- for standard input); see espial --help", name);
        return false;
    }
    if (options->json && options->markdown) {
        es_complain("either --json or --markdown: standard output takes one of them");
        return false;
    }
    return !is_slip(options) && es_html_file_is_meant(options);
}

/* Reads the keys that the options name. False when one cannot be read: it has complained. */
static bool read_keys(struct es_analysis *analysis, const struct es_options *options)
{
    analysis->keys = options->key_path_count ? es_keys_new() : NULL;
    for (size_t i = 0; i < options->key_path_count; i++) {
        struct es_error error = {0};
        size_t skipped = 0;
        const char *path = options->key_paths[i];
        if (!analysis->keys || !es_keys_read(analysis->keys, path, NULL, &skipped, &error)) {
            es_complain("%s", analysis->keys ? error.text : "no memory for the keys");
            return false;
        }
        if (skipped)
            es_complain("%s: %zu wrong or incomplete %s passed over", path, skipped,
                        skipped == 1 ? "entry" : "entries");
    }
    return true;
}

/*
 * Gives up what is not needed from here on. Sanitizers and valgrind need more than that, and have
 * their own ways to notice what a sandbox would stop.
 */
static bool confine(const struct es_options *options, struct es_error *error)
{
#if defined(__SANITIZE_ADDRESS__)
    (void)options;
    (void)error;
    return true;
#else
    char folder[ES_FOLDER_BYTES];
    char html_folder[ES_FOLDER_BYTES];
    struct es_sandbox_plan plan = {
        .read_paths = options->arguments,
        .read_path_count = options->argument_count,
        .user = !options->interface ? NULL
                : options->user     ? options->user
                                    : "nobody",
        .screen = es_terminal_screen(options),
    };
    es_outlets_plan(options, &plan, folder);
    es_html_file_plan(options, &plan, html_folder, sizeof(html_folder));
    if (options->command->bit & (ES_COMMAND_ANNOTATE | ES_COMMAND_EXTRACT))
        es_sandbox_plan_file(&plan, options->write, folder, sizeof(folder));
    if (options->no_sandbox) {
        es_complain("--no-sandbox: untrusted packets are read with all rights of this user");
        return true;
    }
    return es_sandbox_enter(&plan, NULL, error);
#endif
}

/* What the tracker may take. A gateway has other work to do. 0: the tracker's default. */
static size_t max_memory(const struct es_options *options)
{
    enum { WATCH_MIB = 256, MIB_BITS = 20 };
    const bool watches = options->command->bit == ES_COMMAND_WATCH;
    const uint64_t mib = options->max_memory_mib ? options->max_memory_mib
                         : watches               ? WATCH_MIB
                                                 : 0;
    return mib > SIZE_MAX >> MIB_BITS ? SIZE_MAX / 2 : (size_t)mib << MIB_BITS;
}

static void on_message(void *context, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view)
{
    const struct es_analysis *analysis = context;
    es_chronicle_message(analysis->chronicle, datagram, message, view);
    if (analysis->messages.on)
        analysis->messages.on(analysis->messages.context, datagram, message, view);
}

static void on_event(void *context, const struct es_event *event)
{
    const struct es_analysis *analysis = context;
    es_chronicle_event(analysis->chronicle, event);
    if (analysis->events.on)
        analysis->events.on(analysis->events.context, event);
}

static void on_forget(void *context)
{
    const struct es_analysis *analysis = context;
    if (analysis->events.forget)
        analysis->events.forget(analysis->events.context);
}

/* What happens is kept for a report that shows it afterwards. Without memory it shows less. */
static void keep_chronicle(struct es_analysis *analysis, const struct es_options *options,
                           struct es_pipeline_options *pipeline)
{
    struct es_chronicle_options bounds = {.tunnel = (uint32_t)options->tunnel};
    const bool wanted = options->html || (options->markdown && !options->quiet);
    if (wanted && getrandom(bounds.seed, sizeof(bounds.seed), 0) == sizeof(bounds.seed))
        analysis->chronicle = es_chronicle_new(&bounds);
    if (wanted && !analysis->chronicle)
        es_complain("no memory for the ladder: the report comes without");
    if (!analysis->chronicle)
        return;
    analysis->messages = pipeline->messages;
    analysis->events = pipeline->tracker.events;
    pipeline->messages = (struct es_message_sink){on_message, analysis};
    pipeline->tracker.events = (struct es_event_sink){on_event, analysis, on_forget};
}

bool es_analysis_open(struct es_analysis *analysis, const struct es_options *options,
                      const struct es_message_sink *messages, const struct es_event_sink *events,
                      enum es_exit *status)
{
    *analysis = (struct es_analysis){0};
    *status = ES_EXIT_USAGE;
    if (!is_possible(options))
        return false;

    *status = ES_EXIT_INPUT;
    if (!read_keys(analysis, options)) {
        es_analysis_close(analysis);
        return false;
    }
    struct es_error error = {0};
    struct es_pipeline_options pipeline = {.keys = analysis->keys};
    memcpy(pipeline.decoder.ike_ports, options->ike_ports, sizeof(options->ike_ports));
    pipeline.decoder.ike_port_count = options->ike_port_count;
    pipeline.tracker.max_memory = max_memory(options);
    if (messages)
        pipeline.messages = *messages;
    if (events)
        pipeline.tracker.events = *events;
    keep_chronicle(analysis, options, &pipeline);
    analysis->source = open_source(options, &error);
    if (analysis->source)
        analysis->pipeline = es_pipeline_new(&pipeline, &error);
    if (analysis->pipeline && confine(options, &error)) {
        if (es_html_file_is_possible(options))
            return true;
    } else {
        es_complain("%s", error.text);
        *status = status_of(&error);
    }
    es_analysis_close(analysis);
    return false;
}

static inline void look_ahead(struct es_analysis *analysis)
{
    struct es_frame ahead;
    while (es_pipeline_expects(analysis->pipeline) && es_source_ahead(analysis->source, &ahead))
        es_pipeline_expect(analysis->pipeline, &ahead);
}

void es_analysis_read(struct es_analysis *analysis, const struct es_options *options,
                      const bool *enough)
{
    const uint64_t most = options->count ? options->count : UINT64_MAX;
    struct es_progress progress;
    es_analysis_catch_signals();
    if (options->interface && !options->quiet && isatty(STDERR_FILENO))
        fprintf(stderr, "espial: watching %s; Ctrl-C ends and reports\n", options->interface);
    es_progress_init(&progress, analysis->source, !options->quiet && !options->interface);

    enum es_step step = ES_STEP_FRAME;
    struct es_frame frame;
    while (progress.frames < most && !interrupted && !(enough && *enough) &&
           (step = es_source_next(analysis->source, &frame)) != ES_STEP_END) {
        if (step == ES_STEP_FRAME) {
            look_ahead(analysis);
            es_pipeline_frame(analysis->pipeline, &frame);
            if (ES_UNLIKELY(analysis->anonymizer != NULL))
                es_anonymizer_learn(analysis->anonymizer, &frame);
            es_progress_frame(&progress);
        }
    }
    analysis->elapsed_s = es_progress_fini(&progress);
}

bool es_analysis_is_void(const struct es_analysis *analysis)
{
    for (size_t i = 0; i < es_source_file_count(analysis->source); i++) {
        const struct es_source_file *file = es_source_file(analysis->source, i);
        if (file->damage.kind == ES_ERROR_NONE || file->packets)
            return false;
    }
    return true;
}

static void complain_of_keys(const struct es_opened_counts *opened)
{
    for (size_t i = 0; i < opened->wrong_count; i++)
        es_complain("the key given for IKE SA %016" PRIx64 " : %016" PRIx64 " does not fit it",
                    opened->wrong[i].initiator_spi, opened->wrong[i].responder_spi);
    for (size_t i = 0; i < opened->esp_wrong_count; i++)
        es_complain("the key given for ESP SPI 0x%08" PRIx32 " does not fit it",
                    opened->esp_wrong[i]);
}

bool es_analysis_complain(const struct es_analysis *analysis)
{
    bool complained = false;
    fflush(stdout);
    complain_of_keys(es_pipeline_opened(analysis->pipeline));
    for (size_t i = 0; i < es_source_file_count(analysis->source); i++) {
        const struct es_source_file *file = es_source_file(analysis->source, i);
        if (file->damage.kind == ES_ERROR_NONE)
            continue;
        es_complain("%s", file->damage.text);
        complained = true;
    }
    if (es_pipeline_unkept(analysis->pipeline) ||
        (analysis->chronicle && es_chronicle_sum(analysis->chronicle).unkept)) {
        es_complain("no memory was left for some of what was seen: the findings are incomplete");
        complained = true;
    }
    return complained;
}

void es_analysis_close(struct es_analysis *analysis)
{
    es_pipeline_free(analysis->pipeline);
    es_source_free(analysis->source);
    es_keys_free(analysis->keys);
    es_chronicle_free(analysis->chronicle);
    *analysis = (struct es_analysis){0};
}
