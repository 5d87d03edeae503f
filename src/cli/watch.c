/*
 * espial watch: an interface, or a file played as if it were one. What happens is told as it
 * happens; again and again the rules look at the model, and what they find anew, or no more, is
 * told too.
 */
#include "analysis.h"
#include "command.h"
#include "guard.h"
#include "outlets.h"
#include "terminal.h"

#include "espial/report.h"

#include <inttypes.h>
#include <signal.h>
#include <time.h>

enum {
    /* The rules look this often, in the capture's time, or rarer where a look takes long: */
    LOOK_EVERY_MS = 1000,
    /* … no more than one part in so many of the time goes into looking. */
    LOOK_SHARE = 20,
    /* A finding that is away for this long is over. Longer than a DPD interval that is answered
     * now and then would hide a peer that comes and goes. */
    HOLD_S = 10,
    /* Of a file that is read as fast as possible. */
    FRAMES_BETWEEN_TICKS = 64,
    /* Keys are obeyed and the screen is drawn so often. */
    TURN_EVERY_MS = 40,
    /* Dropped packets are told this often while they go on. */
    DROPS_EVERY_S = 10,
    /* That tunnels are forgotten is said this often at most. */
    FORGOTTEN_EVERY_S = 60,
};

struct watch {
    const struct es_options *options;
    struct es_analysis analysis;
    struct es_ticker *ticker;   /* owned; NULL: a screen shows it, or the source is not open yet */
    struct es_screen *screen;   /* owned; or NULL */
    struct es_alerts *alerts;   /* owned */
    struct es_outlets *outlets; /* owned */
    bool live;
    es_time now;        /* of the last look */
    es_time next_look;  /* live: of the wall clock; else of the capture's */
    es_time first;      /* the first frame's time, */
    es_time begun;      /* and when it was read, to play a file at its speed */
    es_time turned;     /* when the keys were looked at last */
    bool quit;          /* asked for by a key */
    bool was_down;      /* live: what was said of the interface last */
    uint64_t drops;     /* and of packets that were dropped, */
    es_time drops_due;  /* not before that time again */
    uint32_t forgotten; /* tunnels, as far as it was said, */
    es_time said;       /* and when that was */
};

static volatile sig_atomic_t status_wanted;

static void on_status(int number)
{
    (void)number;
    status_wanted = 1;
}

static es_time clock_now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * ES_SECOND + time.tv_nsec;
}

static void on_event(void *context, const struct es_event *event)
{
    struct watch *watch = context;
    if (watch->screen)
        es_screen_event(watch->screen, event);
    else if (watch->ticker)
        es_ticker_event(watch->ticker, event);
}

/* Only a screen has a ladder. */
static void on_message(void *context, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view)
{
    struct watch *watch = context;
    if (watch->screen)
        es_screen_message(watch->screen, datagram, message, view);
}

static void on_alert(void *context, enum es_alert_kind kind, const struct es_alert *alert,
                     const struct es_finding *finding)
{
    struct watch *watch = context;
    if (watch->screen)
        es_screen_alert(watch->screen, kind, alert, finding, watch->now);
    else
        es_ticker_alert(watch->ticker, kind, alert, finding, watch->now);
    es_outlets_alert(watch->outlets, kind, alert, finding, watch->now);
}

static void on_words(void *context, const char *words)
{
    struct watch *watch = context;
    const es_time now = watch->live || !watch->now ? clock_now(CLOCK_REALTIME) : watch->now;
    if (watch->screen)
        es_screen_say(watch->screen, words, now);
    else if (watch->ticker)
        es_ticker_say(watch->ticker, words, now);
    else
        es_complain("%s", words);
}

static bool goes_on(const struct watch *watch)
{
    return !watch->quit && !es_analysis_is_interrupted() &&
           (!watch->ticker || es_ticker_is_sound(watch->ticker));
}

static void add_forgotten(struct es_text *text, const struct es_model *model)
{
    es_text_addf(text,
                 "%" PRIu32 " tunnels forgotten, %" PRIu32 " of them in use once, to stay within "
                 "%zu MiB and the table limits",
                 model->forgotten.tunnels, model->forgotten.proven, model->memory_limit >> 20);
}

/* Memory is bounded, and who watches should know when that has a price. */
static void say_forgotten(struct watch *watch, es_time now)
{
    const struct es_model *model = es_pipeline_model(watch->analysis.pipeline);
    if (model->forgotten.tunnels == watch->forgotten ||
        (watch->forgotten && now - watch->said < FORGOTTEN_EVERY_S * ES_SECOND))
        return;
    struct es_text text;
    es_text_init(&text);
    add_forgotten(&text, model);
    on_words(watch, es_text_chars(&text));
    es_text_fini(&text);
    watch->forgotten = model->forgotten.tunnels;
    watch->said = now;
}

/* Lets the rules look as of `now`; `ended`: a file has no more. */
static void look(struct watch *watch, es_time now, bool ended)
{
    const es_time before = clock_now(CLOCK_MONOTONIC);
    struct es_diagnosis *diagnosis = es_pipeline_diagnose_at(
        watch->analysis.pipeline, watch->analysis.source, &watch->options->thresholds, now);
    if (!diagnosis)
        return;
    watch->now = now;
    es_alerts_update(watch->alerts, diagnosis, now);
    if (watch->screen)
        es_screen_sight(watch->screen, &(struct es_screen_sight){
                                           .model = es_pipeline_model(watch->analysis.pipeline),
                                           .diagnosis = diagnosis,
                                           .counts = es_pipeline_counts(watch->analysis.pipeline),
                                           .now = now,
                                           .wall = before,
                                           .ended = ended,
                                       });
    say_forgotten(watch, now);
    es_diagnosis_free(diagnosis);
    const es_time spent = clock_now(CLOCK_MONOTONIC) - before;
    const es_time least = LOOK_EVERY_MS * ES_MILLISECOND;
    watch->next_look =
        now + (watch->live && spent * LOOK_SHARE > least ? spent * LOOK_SHARE : least);
}

/* The screen's turn: waits for keys, obeys and draws. */
static void turn(struct watch *watch, int wait_ms, bool ended)
{
    const enum es_screen_wish wish = es_screen_turn(watch->screen, wait_ms);
    watch->quit |= wish == ES_SCREEN_QUIT;
    if (wish == ES_SCREEN_SIGHT && watch->now) {
        look(watch, watch->now, ended);
        es_screen_turn(watch->screen, 0);
    }
    watch->turned = clock_now(CLOCK_MONOTONIC);
}

/* While a file is paused its time stands still. */
static void stand_still(struct watch *watch)
{
    const es_time since = clock_now(CLOCK_MONOTONIC);
    while (!watch->live && es_screen_is_paused(watch->screen) && goes_on(watch))
        turn(watch, TURN_EVERY_MS, false);
    watch->begun += clock_now(CLOCK_MONOTONIC) - since;
}

/* Between two frames, for the screen. */
static void attend(struct watch *watch)
{
    if (!watch->screen ||
        clock_now(CLOCK_MONOTONIC) - watch->turned < TURN_EVERY_MS * ES_MILLISECOND)
        return;
    turn(watch, 0, false);
    stand_still(watch);
}

/* Spends a part of the time until a frame of `time` comes. On a screen time is seen to go by. */
static void nap(struct watch *watch, es_time left, es_time time)
{
    const es_time most = (watch->screen ? TURN_EVERY_MS : 100) * ES_MILLISECOND;
    const es_time span = left < most ? left : most;
    if (!watch->screen) {
        const struct timespec wait = {.tv_nsec = (long)span};
        nanosleep(&wait, NULL);
        return;
    }
    turn(watch, (int)(span / ES_MILLISECOND) + 1, false);
    stand_still(watch);
    /* Never beyond the frame: what it says must not be missed for a late turn. */
    const double gone =
        (double)(clock_now(CLOCK_MONOTONIC) - watch->begun) * (double)watch->options->speed;
    if (gone >= 0 && gone < (double)(time - watch->first) &&
        watch->first + (es_time)gone >= watch->next_look)
        look(watch, watch->first + (es_time)gone, false);
}

/* Waits until it is this frame's turn, at the speed that was asked for. */
static void keep_pace(struct watch *watch, es_time time)
{
    if (watch->begun == 0) {
        watch->first = time;
        watch->begun = clock_now(CLOCK_MONOTONIC);
    }
    if (watch->options->speed == 0 || time <= watch->first)
        return;
    const es_time span = (time - watch->first) / (es_time)watch->options->speed;
    while (goes_on(watch)) {
        const es_time left = watch->begun + span - clock_now(CLOCK_MONOTONIC);
        if (left <= 0)
            return;
        nap(watch, left, time);
        es_outlets_tick(watch->outlets, watch->now);
    }
}

static void take_frame(struct watch *watch, const struct es_frame *frame)
{
    if (!watch->live) {
        keep_pace(watch, frame->ref.time);
        /* What was silent up to here is judged before this frame ends the silence. */
        if (frame->ref.time >= watch->next_look)
            look(watch, frame->ref.time, false);
    }
    es_pipeline_frame(watch->analysis.pipeline, frame);
    es_outlets_frame(watch->outlets, frame);
}

static uint64_t dropped(const struct watch *watch)
{
    uint64_t count = 0;
    for (size_t i = 0; i < es_source_file_count(watch->analysis.source); i++)
        count += es_source_file(watch->analysis.source, i)->drops;
    return count;
}

static void say_status(struct watch *watch)
{
    const struct es_model *model = es_pipeline_model(watch->analysis.pipeline);
    const struct es_decoder_counts *counts = es_pipeline_counts(watch->analysis.pipeline);
    struct es_text text;
    status_wanted = 0;
    es_text_init(&text);
    es_text_addf(&text,
                 "status: %" PRIu64 " packets (%" PRIu64 " IKE, %" PRIu64 " ESP), %" PRIu32
                 " tunnels, %" PRIu32 " IKE SAs, %" PRIu32 " flows, %zu findings in force, %" PRIu64
                 " packets dropped",
                 counts->frames, counts->ike, counts->esp, model->tunnel_count, model->ike_sa_count,
                 model->flow_count, es_alerts_count(watch->alerts), dropped(watch));
    if (es_alerts_dropped(watch->alerts))
        es_text_addf(&text, ", %" PRIu64 " findings passed over for want of room",
                     es_alerts_dropped(watch->alerts));
    es_text_addf(&text, ", %zu KiB of memory", model->memory >> 10);
    if (model->forgotten.tunnels) {
        es_text_add(&text, "; ");
        add_forgotten(&text, model);
    }
    on_words(watch, es_text_chars(&text));
    es_text_fini(&text);
}

static void say_start(struct watch *watch)
{
    struct es_text text;
    es_text_init(&text);
    es_text_addf(&text, "watching %s", watch->options->interface);
    on_words(watch, es_text_chars(&text));
    es_text_fini(&text);
}

/* What the interface itself has come to: down or up, and packets that were dropped. */
static void say_interface(struct watch *watch, es_time now)
{
    const struct es_source_file *file = es_source_file(watch->analysis.source, 0);
    struct es_text text;
    if (file->is_down == watch->was_down && file->drops == watch->drops)
        return;
    es_text_init(&text);
    if (file->is_down != watch->was_down) {
        watch->was_down = file->is_down;
        es_text_addf(&text, "interface %s is %s", file->name,
                     file->is_down ? "down: nothing can be seen until it is up" : "up again");
        on_words(watch, es_text_chars(&text));
        es_text_clear(&text);
    }
    if (file->drops > watch->drops && now >= watch->drops_due) {
        es_text_addf(&text,
                     "%" PRIu64 " packets dropped here and not seen (%" PRIu64 " in all): a larger "
                     "--buffer may help",
                     file->drops - watch->drops, file->drops);
        on_words(watch, es_text_chars(&text));
        watch->drops = file->drops;
        watch->drops_due = now + DROPS_EVERY_S * ES_SECOND;
    }
    es_text_fini(&text);
}

/* A file that came to its end stays on the screen until a key ends it. */
static void stay(struct watch *watch)
{
    while (watch->screen && !watch->live && goes_on(watch)) {
        turn(watch, 10 * TURN_EVERY_MS, true);
        es_outlets_tick(watch->outlets, watch->now);
    }
}

static void run(struct watch *watch)
{
    const uint64_t most = watch->options->count ? watch->options->count : UINT64_MAX;
    uint64_t frames = 0;
    struct es_frame frame;
    enum es_step step = ES_STEP_FRAME;
    if (watch->live && !watch->screen)
        say_start(watch);
    while (frames < most && goes_on(watch) &&
           (step = es_source_next(watch->analysis.source, &frame)) != ES_STEP_END) {
        if (step == ES_STEP_FRAME) {
            take_frame(watch, &frame);
            frames++;
        }
        if (status_wanted)
            say_status(watch);
        attend(watch);
        const es_time wall = watch->live ? clock_now(CLOCK_REALTIME) : 0;
        if (watch->live)
            say_interface(watch, wall);
        if (watch->live && wall >= watch->next_look)
            look(watch, wall, false);
        if (watch->live || watch->options->speed || frames % FRAMES_BETWEEN_TICKS == 0)
            es_outlets_tick(watch->outlets,
                            watch->live ? wall
                                        : es_pipeline_model(watch->analysis.pipeline)->last.time);
    }
    const es_time last = es_pipeline_model(watch->analysis.pipeline)->last.time;
    look(watch, watch->live && watch->now > last ? watch->now : last, !watch->live);
    stay(watch);
    es_outlets_finish(watch->outlets, watch->now);
}

/* Takes over the terminal where there is one that can show a screen. */
static bool begin_screen(struct watch *watch)
{
    const struct es_options *options = watch->options;
    const struct es_screen_options shape = {
        .name = watch->live ? options->interface : options->arguments[0],
        .source = watch->analysis.source,
        .least = (enum es_severity)options->severity,
        .tunnel = (uint32_t)options->tunnel,
        .speed = options->speed,
        .live = watch->live,
        .utc = options->utc,
        .color = es_terminal_color(options),
        .utf8 = es_terminal_utf8(),
    };
    char farewell[ES_GUARD_BYTES];
    struct es_error error = {0};
    es_guard_remember();
    watch->screen = es_screen_new(&shape, &error);
    if (!watch->screen) {
        es_complain("%s; lines are written instead", error.text);
        return false;
    }
    es_guard_set(farewell, es_screen_farewell(watch->screen, farewell, sizeof(farewell)));
    return true;
}

static bool begin_ticker(struct watch *watch)
{
    const struct es_options *options = watch->options;
    const struct es_ticker_options shape = {
        .source = watch->analysis.source,
        .tunnel = (uint32_t)options->tunnel,
        .json = options->json,
        .utc = options->utc,
        .color = es_terminal_color(options),
        .utf8 = es_terminal_utf8(),
        .quiet = options->quiet,
    };
    watch->ticker = es_ticker_new(&shape, stdout);
    return watch->ticker != NULL;
}

static bool begin(struct watch *watch)
{
    const struct es_options *options = watch->options;
    const struct es_alert_sink sink = {on_alert, watch};
    watch->alerts = es_alerts_new((enum es_severity)options->severity, HOLD_S * ES_SECOND, &sink);
    const struct es_say_sink say = {on_words, watch};
    const bool screen = es_terminal_screen(options);
    if (!watch->alerts || (!screen && !begin_ticker(watch))) {
        es_complain("no memory to watch");
        return false;
    }
    /* Complaints would be lost on a screen: it comes last. */
    if (!es_outlets_begin(watch->outlets, &watch->analysis, watch->alerts, &say))
        return false;
    if (!screen || begin_screen(watch) || begin_ticker(watch))
        return true;
    es_complain("no memory to watch");
    return false;
}

/* The terminal is as it was from here on. */
static void end_screen(struct watch *watch)
{
    es_screen_free(watch->screen);
    es_guard_lift();
    watch->screen = NULL;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_status};
    sigemptyset(&action.sa_mask);
    sigaction(SIGUSR1, &action, NULL);
    es_analysis_catch_signals();
}

/* What can be asked without watching. True when it was. */
static bool answers_only(const struct es_options *options, enum es_exit *status)
{
    struct es_error error = {0};
    struct es_live_options live;
    struct es_text text;
    if (!options->list_interfaces && !options->print_filter)
        return false;
    es_text_init(&text);
    es_analysis_live_options(options, &live);
    *status = ES_EXIT_CLEAN;
    if (options->print_filter) {
        es_ipsec_filter_text(&text, &live);
        es_text_add(&text, "\n");
    } else if (!es_live_interfaces(&text, &error)) {
        es_complain("%s", error.text);
        *status = ES_EXIT_INPUT;
    }
    fputs(es_text_chars(&text), stdout);
    es_text_fini(&text);
    return true;
}

enum es_exit es_watch(const struct es_options *options)
{
    struct watch watch = {.options = options, .live = options->interface != NULL};
    const struct es_event_sink events = {.on = on_event, .context = &watch};
    const struct es_message_sink messages = {on_message, &watch};
    enum es_exit status;
    if (answers_only(options, &status))
        return status;
    watch.outlets = es_outlets_open(options, &status);
    if (!watch.outlets)
        return status;
    if (!es_analysis_open(&watch.analysis, options, &messages, &events, &status)) {
        es_outlets_close(watch.outlets);
        return status;
    }
    catch_signals();
    status = ES_EXIT_INPUT;
    if (begin(&watch)) {
        run(&watch);
        end_screen(&watch);
        status = es_analysis_conclude(&watch.analysis, options);
        const bool written = !watch.ticker || es_was_written(es_ticker_is_sound(watch.ticker));
        if (es_analysis_complain(&watch.analysis) || !written)
            status = ES_EXIT_INPUT;
    }
    es_ticker_free(watch.ticker);
    es_alerts_free(watch.alerts);
    es_outlets_close(watch.outlets);
    es_analysis_close(&watch.analysis);
    return status;
}
