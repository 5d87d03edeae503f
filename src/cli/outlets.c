/*
 * What a watch puts out besides its lines, tied to the options and to the watch's clock.
 */
#include "outlets.h"

#include "command.h"
#include "exporter.h"
#include "on_finding.h"
#include "ring.h"
#include "terminal.h"

#include "espial/report.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    METRICS_EVERY_S = 10,
    /* HTTP clients wait no longer than this, plus the time that the kernel gathers packets. */
    SERVE_EVERY_MS = 20,
    /* A piece of a save: about 50 MiB a second, so that packets are looked at in between. */
    SAVE_EVERY_MS = 5,
    RING_MIB = 64,
    RING_MIB_MAX = 65536,
    RING_MINUTES_MAX = 60 * 24 * 7,
    MIB = 1024 * 1024,
};

struct es_outlets {
    const struct es_options *options;
    const char *user;                   /* that the watch becomes; NULL: it stays who it is */
    const struct es_analysis *analysis; /* NULL until begun */
    const struct es_alerts *alerts;
    struct es_say_sink say;
    struct es_metrics *metrics;                  /* owned; NULL: none are wanted */
    struct es_exporter *exporter;                /* the same */
    struct es_on_finding *on_finding;            /* the same */
    struct es_ring *ring;                        /* the same */
    es_time started;                             /* of the wall clock */
    es_time next_file, next_serving, next_piece; /* monotonic */
    uint64_t begun[ES_SEVERITY_ERROR + 1];
    uint64_t other, fragments; /* frames that were no IPsec, and fragments, so far */
    uint64_t files_failed;
    bool file_in_trouble;                         /* and that was said */
    bool said_suppressed, said_lost, said_failed; /* of commands */
};

static es_time clock_now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * ES_SECOND + time.tv_nsec;
}

static void say(const struct es_outlets *outlets, const char *format, ...) ES_PRINTF(2, 3);

static void say(const struct es_outlets *outlets, const char *format, ...)
{
    char words[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    if (outlets->say.on)
        outlets->say.on(outlets->say.context, words);
}

static int64_t limit(const struct es_outlets *outlets, enum es_limit which)
{
    return outlets->options->thresholds.values[which];
}

/* --- metrics --- */

enum { OWN_METRICS_MAX = 16 };

static size_t own_metrics(struct es_outlets *outlets, struct es_metric *out)
{
    size_t count = 0;
    out[count++] = (struct es_metric){"espial_errors_begun_total", "Errors that began.", true,
                                      outlets->begun[ES_SEVERITY_ERROR]};
    out[count++] = (struct es_metric){"espial_warnings_begun_total", "Warnings that began.", true,
                                      outlets->begun[ES_SEVERITY_WARNING]};
    out[count++] = (struct es_metric){"espial_metrics_file_failures_total",
                                      "Times that the file of metrics could not be replaced.", true,
                                      outlets->files_failed};
    if (outlets->on_finding) {
        const struct es_on_finding_counts *c = es_on_finding_counts(outlets->on_finding);
        out[count++] = (struct es_metric){"espial_commands_started_total",
                                          "Commands started for findings.", true, c->started};
        out[count++] = (struct es_metric){"espial_commands_failed_total",
                                          "Commands that ended badly or took too long.", true,
                                          c->failed + c->killed};
        out[count++] = (struct es_metric){"espial_commands_suppressed_total",
                                          "Findings that no command was started for.", true,
                                          c->suppressed + c->lost};
    }
    if (outlets->ring) {
        const struct es_ring_counts *c = es_ring_counts(outlets->ring);
        out[count++] = (struct es_metric){"espial_ring_packets", "Packets in the evidence ring.",
                                          false, c->packets};
        out[count++] =
            (struct es_metric){"espial_ring_bytes", "Bytes that they take.", false, c->bytes};
        out[count++] = (struct es_metric){
            "espial_ring_saves_total", "Times that the evidence ring was saved.", true, c->saved};
        out[count++] = (struct es_metric){"espial_ring_failures_total",
                                          "Times that it could not be saved.", true, c->failed};
    }
    return count;
}

static void make_metrics(void *context, struct es_text *text)
{
    struct es_outlets *outlets = context;
    struct es_metric own[OWN_METRICS_MAX];
    const struct es_metrics_facts facts = {
        .model = es_pipeline_model(outlets->analysis->pipeline),
        .alerts = outlets->alerts,
        .counts = es_pipeline_counts(outlets->analysis->pipeline),
        .source = outlets->analysis->source,
        .more = own,
        .more_count = own_metrics(outlets, own),
        .started = outlets->started,
    };
    es_metrics_write(outlets->metrics, &facts, text);
}

static void write_file(struct es_outlets *outlets)
{
    struct es_error error = {0};
    if (es_exporter_write(outlets->exporter, &error)) {
        outlets->file_in_trouble = false;
        return;
    }
    outlets->files_failed++;
    if (!outlets->file_in_trouble)
        say(outlets, "--metrics: %s; it is tried again without a word", error.text);
    outlets->file_in_trouble = true;
}

static bool open_metrics(struct es_outlets *outlets, struct es_error *error)
{
    const struct es_options *options = outlets->options;
    const struct es_exporter_text text = {make_metrics, outlets};
    uint64_t seed[2];
    if (!options->metrics && !options->metrics_listen)
        return true;
    if (getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        return es_error_set(error, ES_ERROR_SYSTEM, "no random numbers: %s", strerror(errno));
    outlets->metrics = es_metrics_new((size_t)limit(outlets, ES_LIMIT_METRICS_PAIRS), seed);
    if (!outlets->metrics)
        return es_error_set(error, ES_ERROR_MEMORY, "no memory for metrics");
    outlets->exporter = es_exporter_open(options->metrics, options->metrics_listen, &text, error);
    return outlets->exporter != NULL;
}

/* --- commands --- */

/* Whose rights the watch will have; NULL: those it has. */
static const char *user_of(const struct es_options *options)
{
    if (!options->interface || options->no_sandbox || geteuid() != 0)
        return NULL;
    return options->user ? options->user : "nobody";
}

static bool open_on_finding(struct es_outlets *outlets, struct es_error *error)
{
    const struct es_on_finding_options options = {
        .command = outlets->options->on_finding,
        .user = outlets->user,
        .silent = es_terminal_screen(outlets->options),
        .a_minute = (uint64_t)limit(outlets, ES_LIMIT_COMMANDS_A_MINUTE),
        .limit = limit(outlets, ES_LIMIT_COMMAND_TIME) * ES_SECOND,
    };
    if (!options.command)
        return true;
    outlets->on_finding = es_on_finding_open(&options, error);
    return outlets->on_finding != NULL;
}

static void tell_of_commands(struct es_outlets *outlets)
{
    if (!outlets->on_finding)
        return;
    const struct es_on_finding_counts *c = es_on_finding_counts(outlets->on_finding);
    if (c->suppressed && !outlets->said_suppressed) {
        outlets->said_suppressed = true;
        say(outlets,
            "--on-finding: more than %" PRId64 " findings in a minute; the others start no command",
            limit(outlets, ES_LIMIT_COMMANDS_A_MINUTE));
    }
    if (c->lost && !outlets->said_lost) {
        outlets->said_lost = true;
        say(outlets, "--on-finding: the commands are slower than findings come; some start none");
    }
    if (c->failed + c->killed && !outlets->said_failed) {
        outlets->said_failed = true;
        say(outlets, "--on-finding: a command %s; later ones that fail are counted only",
            c->killed ? "took too long and was ended" : "failed");
    }
}

/* --- the ring --- */

/* A folder that is made here belongs to whom the watch becomes. */
static bool make_folder(const struct es_outlets *outlets, struct es_error *error)
{
    const struct es_options *options = outlets->options;
    if (mkdir(options->ring, 0750) != 0)
        return errno == EEXIST || es_error_set(error, ES_ERROR_SYSTEM, "--ring %.200s: %s",
                                               options->ring, strerror(errno));
    const struct passwd *user = outlets->user ? getpwnam(outlets->user) : NULL;
    if (user && chown(options->ring, user->pw_uid, user->pw_gid) != 0)
        return es_error_set(error, ES_ERROR_SYSTEM, "--ring %.200s: %s", options->ring,
                            strerror(errno));
    return true;
}

static bool open_ring(struct es_outlets *outlets, struct es_error *error)
{
    const struct es_options *options = outlets->options;
    const uint64_t mib = options->ring_mib ? options->ring_mib : RING_MIB;
    if (!options->ring)
        return true;
    if (mib > RING_MIB_MAX || options->ring_minutes > RING_MINUTES_MAX)
        return es_error_set(error, ES_ERROR_USAGE, "the ring takes %d MiB and %d minutes at most",
                            RING_MIB_MAX, RING_MINUTES_MAX);
    const struct es_ring_options ring = {
        .folder = options->ring,
        .bytes = (size_t)mib * MIB,
        .span = (es_time)options->ring_minutes * 60 * ES_SECOND,
        .least = (enum es_severity)options->ring_level,
        .after = limit(outlets, ES_LIMIT_RING_AFTER) * ES_SECOND,
        .saves = (uint64_t)limit(outlets, ES_LIMIT_RING_SAVES),
        .saves_bytes = (uint64_t)limit(outlets, ES_LIMIT_RING_SAVES_MIB) * MIB,
    };
    if (!make_folder(outlets, error))
        return false;
    outlets->ring = es_ring_new(&ring);
    return outlets->ring ||
           es_error_set(error, ES_ERROR_MEMORY, "no memory for a ring of %" PRIu64 " MiB", mib);
}

static void tell_of_ring(struct es_outlets *outlets)
{
    struct es_text words;
    es_text_init(&words);
    if (outlets->ring && es_ring_news(outlets->ring, &words))
        say(outlets, "%s", es_text_chars(&words));
    es_text_fini(&words);
}

/* --- all of them --- */

struct es_outlets *es_outlets_open(const struct es_options *options, enum es_exit *status)
{
    struct es_error error = {0};
    struct es_outlets *outlets = calloc(1, sizeof(*outlets));
    if (!outlets) {
        es_complain("no memory to watch");
        *status = ES_EXIT_INPUT;
        return NULL;
    }
    outlets->options = options;
    outlets->user = user_of(options);
    outlets->started = clock_now(CLOCK_REALTIME);
    /* The process that runs commands first, so that it inherits nothing of the others. */
    if (open_on_finding(outlets, &error) && open_metrics(outlets, &error) &&
        open_ring(outlets, &error))
        return outlets;
    es_complain("%s", error.text);
    *status = error.kind == ES_ERROR_USAGE ? ES_EXIT_USAGE : ES_EXIT_INPUT;
    es_outlets_close(outlets);
    return NULL;
}

void es_outlets_plan(const struct es_options *options, struct es_sandbox_plan *plan,
                     char folder[ES_FOLDER_BYTES])
{
    size_t count = 0;
    plan->listens = options->metrics_listen != NULL;
    if (options->ring)
        plan->write_folders[count++] = options->ring;
    const char *slash = options->metrics ? strrchr(options->metrics, '/') : NULL;
    if (options->metrics && slash)
        snprintf(folder, ES_FOLDER_BYTES, "%.*s", (int)(slash - options->metrics) + 1,
                 options->metrics);
    else
        snprintf(folder, ES_FOLDER_BYTES, ".");
    if (options->metrics)
        plan->write_folders[count] = folder;
}

/* Makes a file and removes it again: who cannot do that now will not be able to later. */
static bool try_folder(const struct es_outlets *outlets, const char *option, const char *path)
{
    struct es_output output;
    struct es_error error = {0};
    const char *user = outlets->user;
    if (es_output_open(&output, path, &error)) {
        es_output_drop(&output);
        return true;
    }
    es_complain("%s: %s%s%s%s", option, error.text, user ? "; files are written as the user " : "",
                user ? user : "", user ? ", which --user changes" : "");
    return false;
}

static bool try_folders(const struct es_outlets *outlets)
{
    const struct es_options *options = outlets->options;
    if (options->metrics && !try_folder(outlets, "--metrics", options->metrics))
        return false;
    if (!options->ring)
        return true;
    struct es_text path;
    es_text_init(&path);
    es_text_addf(&path, "%s/espial-trial", options->ring);
    const bool done = !path.failed && try_folder(outlets, "--ring", path.chars);
    es_text_fini(&path);
    return done;
}

bool es_outlets_begin(struct es_outlets *outlets, const struct es_analysis *analysis,
                      const struct es_alerts *alerts, const struct es_say_sink *sink)
{
    outlets->analysis = analysis;
    outlets->alerts = alerts;
    outlets->say = *sink;
    if (!try_folders(outlets))
        return false;
    if (outlets->options->metrics_listen)
        say(outlets, "metrics are served on port %u",
            (unsigned)es_exporter_port(outlets->exporter));
    return true;
}

/* A live capture holds nothing else; of a file, what the decoder took, and fragments. */
static bool is_ipsec(struct es_outlets *outlets)
{
    const struct es_decoder_counts *counts = es_pipeline_counts(outlets->analysis->pipeline);
    const bool is = counts->other == outlets->other || counts->fragments != outlets->fragments;
    outlets->other = counts->other;
    outlets->fragments = counts->fragments;
    return is || outlets->options->interface;
}

void es_outlets_frame(struct es_outlets *outlets, const struct es_frame *frame)
{
    if (outlets->ring && is_ipsec(outlets))
        es_ring_frame(outlets->ring, frame,
                      es_source_interface_name(outlets->analysis->source, frame));
}

/* The finding's record as a line, which the caller frees; NULL when no memory was left. */
static char *record_of(const struct es_outlets *outlets, enum es_alert_kind kind,
                       const struct es_finding *finding, size_t *length)
{
    char *chars = NULL;
    FILE *stream = open_memstream(&chars, length);
    if (!stream)
        return NULL;
    const bool done = es_report_finding_json(finding, es_alert_kind_name(kind),
                                             outlets->analysis->source, stream);
    if (fclose(stream) == 0 && done)
        return chars;
    free(chars);
    return NULL;
}

void es_outlets_alert(struct es_outlets *outlets, enum es_alert_kind kind,
                      const struct es_alert *alert, const struct es_finding *finding, es_time now)
{
    const uint64_t tunnel = outlets->options->tunnel;
    const bool worse = kind == ES_ALERT_CHANGES && alert->severity > alert->before;
    size_t length = 0;
    if (!finding || (kind != ES_ALERT_BEGINS && !worse) || (tunnel && alert->tunnel != tunnel))
        return;
    if (kind == ES_ALERT_BEGINS)
        outlets->begun[alert->severity]++;
    /* Notes alarm nobody, and must not use up the commands of the minute. */
    const bool runs = outlets->on_finding && alert->severity >= ES_SEVERITY_WARNING;
    if (!runs && !outlets->ring)
        return;
    char *record = record_of(outlets, kind, finding, &length);
    if (!record)
        return;
    if (runs)
        es_on_finding_run(outlets->on_finding, record, length, clock_now(CLOCK_MONOTONIC));
    if (outlets->ring)
        es_ring_alert(outlets->ring, kind, alert, finding, record, now);
    free(record);
}

void es_outlets_tick(struct es_outlets *outlets, es_time now)
{
    const es_time clock = clock_now(CLOCK_MONOTONIC);
    if (outlets->ring && clock >= outlets->next_piece) {
        es_ring_step(outlets->ring, now, false);
        outlets->next_piece = clock + SAVE_EVERY_MS * ES_MILLISECOND;
    }
    if (clock < outlets->next_serving)
        return;
    outlets->next_serving = clock + SERVE_EVERY_MS * ES_MILLISECOND;
    if (outlets->exporter) {
        es_exporter_serve(outlets->exporter, clock);
        if (clock >= outlets->next_file) {
            write_file(outlets);
            outlets->next_file = clock + METRICS_EVERY_S * ES_SECOND;
        }
    }
    tell_of_commands(outlets);
    tell_of_ring(outlets);
}

void es_outlets_finish(struct es_outlets *outlets, es_time now)
{
    if (outlets->ring)
        es_ring_step(outlets->ring, now, true);
    if (outlets->exporter)
        write_file(outlets);
    tell_of_commands(outlets);
    tell_of_ring(outlets);
}

static void complain(void *context, const char *words)
{
    (void)context;
    es_complain("%s", words);
}

void es_outlets_close(struct es_outlets *outlets)
{
    if (!outlets)
        return;
    es_exporter_close(outlets->exporter);
    es_metrics_free(outlets->metrics);
    es_ring_free(outlets->ring);
    if (outlets->on_finding) {
        /* Whoever hears what is said may be gone: complaints are for everybody. */
        es_on_finding_wait(outlets->on_finding);
        outlets->say = (struct es_say_sink){complain, NULL};
        tell_of_commands(outlets);
    }
    es_on_finding_close(outlets->on_finding);
    free(outlets);
}
