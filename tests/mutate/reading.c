#include "reading.h"

#include "espial/report.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
size_t __sanitizer_get_current_allocated_bytes(void); /* not every compiler has its header */
#endif

/* Of the sanitizer build on a slow machine; beyond them something grows that must not. */
enum {
    MEMORY_MIN = 24 << 20,
    MEMORY_PER_PACKET = 4 << 10,
    OUTPUT_MIN = 256 << 10,
    OUTPUT_PER_PACKET = 16 << 10, /* a message whose fields are all shown */
};
#define SECONDS_MIN 2.0
#define SECONDS_PER_PACKET 2e-3

static char announced[512];

static void on_crash(int number)
{
    if (write(STDERR_FILENO, announced, strlen(announced)) < 0)
        _exit(3);
    signal(number, SIG_DFL);
    raise(number);
}

void reading_announce(const char *capture, const char *way, uint64_t round)
{
    snprintf(announced, sizeof(announced), "crashed in %s: %s %llu\n", capture, way,
             (unsigned long long)round);
    static bool caught;
    if (caught)
        return;
    caught = true;
    signal(SIGABRT, on_crash);
#if !defined(__SANITIZE_ADDRESS__)
    signal(SIGSEGV, on_crash);
    signal(SIGBUS, on_crash);
    signal(SIGFPE, on_crash);
#endif
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static size_t allocated(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return __sanitizer_get_current_allocated_bytes();
#else
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#endif
}

/* --- what is printed: UTF-8 without controls --- */

struct sink {
    size_t bytes;
    unsigned rest; /* bytes of a character still to come */
    uint32_t character;
    const char *unsafe;
};

static void look_at(struct sink *sink, uint8_t byte)
{
    if (sink->rest) {
        if ((byte & 0xc0) != 0x80)
            sink->unsafe = "a broken UTF-8 character";
        sink->character = sink->character << 6 | (byte & 0x3f);
        sink->rest--;
        if (sink->rest == 0 && sink->character < 0xa0)
            sink->unsafe = "a control character, or one too long";
        return;
    }
    if ((byte < 0x20 && byte != '\n') || byte == 0x7f)
        sink->unsafe = "a control character";
    if (byte < 0x80)
        return;
    if (byte < 0xc2 || byte > 0xf4)
        sink->unsafe = "a byte that UTF-8 has not";
    sink->rest = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
    sink->character = byte & (0x3fU >> sink->rest);
}

static ssize_t on_write(void *cookie, const char *bytes, size_t size)
{
    struct sink *sink = cookie;
    sink->bytes += size;
    for (size_t i = 0; i < size; i++)
        look_at(sink, (uint8_t)bytes[i]);
    return (ssize_t)size;
}

static FILE *sink_open(struct sink *sink)
{
    static const cookie_io_functions_t functions = {.write = on_write};
    *sink = (struct sink){0};
    FILE *out = fopencookie(sink, "w", functions);
    if (!out)
        abort();
    return out;
}

/* --- reading --- */

struct run {
    struct reading *reading;
    struct es_ladder *ladders[2];
};

static void on_message(void *context, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view)
{
    struct run *run = context;
    for (int i = 0; i < 2; i++)
        es_ladder_message(run->ladders[i], datagram, message, view);
}

static void on_event(void *context, const struct es_event *event)
{
    struct run *run = context;
    for (int i = 0; i < 2; i++)
        es_ladder_event(run->ladders[i], event);
}

static void on_forget(void *context)
{
    struct run *run = context;
    for (int i = 0; i < 2; i++)
        es_ladder_forget(run->ladders[i]);
}

typedef bool next_frame(void *context, struct es_frame *frame);

static void read_all(struct reading *reading, next_frame *next, void *context,
                     struct es_source *source, uint64_t tight)
{
    struct run run = {.reading = reading};
    struct sink sink;
    const size_t before = allocated();
    const double start = now();
    FILE *out = sink_open(&sink);
    const struct es_ladder_options text = {
        .form = ES_LADDER_TEXT, .detail = ES_LADDER_FIELDS, .utc = true, .utf8 = true};
    const struct es_ladder_options json = {.form = ES_LADDER_JSON, .source = source};
    run.ladders[0] = es_ladder_new(&text, out);
    run.ladders[1] = es_ladder_new(&json, out);
    const struct es_pipeline_options options = {
        .decoder = {.seed = {1}, .reassembly_bytes = 1 << 20                },
        .tracker = {.seed = {1},
                    .max_memory = tight ? (size_t)(4 << 10) << 2 * tight : 0,
                    .events = {.on = on_event, .forget = on_forget, .context = &run}},
        .messages = {on_message,           &run                                            },
    };
    reading->pipeline = es_pipeline_new(&options, NULL);
    struct es_frame frame = {0};
    while (next(context, &frame)) {
        reading->packets++;
        reading->bytes += frame.held;
        es_pipeline_frame(reading->pipeline, &frame);
    }
    const struct es_model *model = es_pipeline_model(reading->pipeline);
    for (int i = 0; i < 2; i++)
        es_ladder_finish(run.ladders[i], model);
    reading->diagnosis = es_pipeline_diagnose(reading->pipeline, source, NULL);
    if (!reading->diagnosis)
        abort();
    const struct es_report report = {
        .model = model,
        .diagnosis = reading->diagnosis,
        .source = source,
        .counts = es_pipeline_counts(reading->pipeline),
        .utc = true,
        .utf8 = true,
    };
    if (!es_report_text(&report, out) || !es_report_json(&report, out))
        abort();
    reading->memory = allocated() - before;
    for (int i = 0; i < 2; i++)
        es_ladder_free(run.ladders[i]);
    fclose(out);
    reading->seconds = now() - start;
    reading->output = sink.bytes;
    reading->unsafe = sink.unsafe;
}

struct place {
    const struct packets *packets;
    size_t at;
};

static bool next_packet(void *context, struct es_frame *frame)
{
    struct place *place = context;
    if (place->at == place->packets->count)
        return false;
    const struct packet *packet = &place->packets->at[place->at++];
    *frame = (struct es_frame){
        .bytes = packet->bytes,
        .held = packet->held,
        .wire = packet->wire > packet->held ? packet->wire : packet->held,
        .ref = {.number = place->at & NUMBER_MASK, .time = packet->time},
        .link_type = packet->link_type,
        .direction = packet->direction,
        .timed = packet->timed,
    };
    return true;
}

void reading_of_packets(struct reading *reading, const struct packets *packets, uint64_t tight)
{
    struct place place = {packets, 0};
    *reading = (struct reading){0};
    read_all(reading, next_packet, &place, NULL, tight);
}

static bool next_of_source(void *source, struct es_frame *frame)
{
    return es_source_next(source, frame) == ES_STEP_FRAME;
}

void reading_of_file(struct reading *reading, const char *path)
{
    struct es_source *source = es_source_open(&path, 1, NULL, NULL);
    if (!source)
        abort();
    *reading = (struct reading){0};
    read_all(reading, next_of_source, source, source, 0);
    es_source_free(source);
}

void reading_fini(struct reading *reading)
{
    es_diagnosis_free(reading->diagnosis);
    es_pipeline_free(reading->pipeline);
    *reading = (struct reading){0};
}

bool reading_is_bounded(const struct reading *reading, struct reading_worst *worst, char *why,
                        size_t size)
{
    worst->seconds = reading->seconds > worst->seconds ? reading->seconds : worst->seconds;
    worst->memory = reading->memory > worst->memory ? reading->memory : worst->memory;
    worst->output = reading->output > worst->output ? reading->output : worst->output;
    *why = '\0';
    if (reading->unsafe)
        snprintf(why, size, "prints %s", reading->unsafe);
    else if (reading->seconds > SECONDS_MIN + SECONDS_PER_PACKET * (double)reading->packets)
        snprintf(why, size, "%.1f s for %zu packets", reading->seconds, reading->packets);
    else if (reading->memory > MEMORY_MIN + MEMORY_PER_PACKET * reading->packets)
        snprintf(why, size, "%zu bytes for %zu packets", reading->memory, reading->packets);
    else if (reading->output > OUTPUT_MIN + OUTPUT_PER_PACKET * reading->packets)
        snprintf(why, size, "prints %zu bytes for %zu packets", reading->output, reading->packets);
    return *why == '\0';
}

/* --- the story --- */

static bool is_peer(const struct reading_story *story, const struct es_address *address)
{
    for (size_t i = 0; i < story->peer_count; i++) {
        if (es_address_equal(&story->peers[i], address))
            return true;
    }
    return false;
}

static bool is_of(const struct reading_story *story, const struct es_finding *finding)
{
    return finding->tunnel && is_peer(story, &finding->tunnel->peers[0].address) &&
           is_peer(story, &finding->tunnel->peers[1].address);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void tell_finding(const struct es_finding *finding, const char *under, struct es_text *text)
{
    es_text_addf(text, "%s%s ", under, finding->rule->id);
    es_text_add_endpoint(text, &finding->tunnel->peers[0].address, 0);
    es_text_addf(text, " ");
    es_text_add_endpoint(text, &finding->tunnel->peers[1].address, 0);
    es_text_addf(text, " severity %d, evidence %zu", (int)finding->severity,
                 finding->evidence_count);
}

/* A line a finding, those below others behind them; sorted, as the order is by tunnel number. */
static char *tell(const struct reading *reading, const struct reading_story *story)
{
    enum { LINES_MAX = 1024 };
    char *lines[LINES_MAX];
    size_t count = 0;
    const struct es_finding *finding = es_diagnosis_findings(reading->diagnosis);
    for (; finding && count < LINES_MAX; finding = finding->next) {
        if (!is_of(story, finding))
            continue;
        struct es_text line;
        es_text_init(&line);
        tell_finding(finding, "", &line);
        for (const struct es_finding *below = finding->consequences; below; below = below->next)
            tell_finding(below, " < ", &line);
        lines[count++] = strdup(es_text_chars(&line));
        es_text_fini(&line);
    }
    qsort(lines, count, sizeof(*lines), compare_lines);
    struct es_text text;
    es_text_init(&text);
    for (size_t i = 0; i < count; i++) {
        es_text_addf(&text, "%s\n", lines[i]);
        free(lines[i]);
    }
    char *told = strdup(es_text_chars(&text));
    es_text_fini(&text);
    if (!told)
        abort();
    return told;
}

void reading_tell(const struct reading *reading, struct reading_story *story)
{
    const struct es_model *model = es_pipeline_model(reading->pipeline);
    *story = (struct reading_story){0};
    for (const struct es_tunnel *t = model->tunnels; t; t = t->next) {
        for (int side = 0; side < 2 && story->peer_count < ES_COUNT(story->peers); side++) {
            if (!is_peer(story, &t->peers[side].address))
                story->peers[story->peer_count++] = t->peers[side].address;
        }
    }
    story->text = tell(reading, story);
    for (const char *c = story->text; *c; c++)
        story->findings += *c == '\n';
}

void reading_story_fini(struct reading_story *story)
{
    free(story->text);
    *story = (struct reading_story){0};
}

bool reading_keeps(const struct reading *reading, const struct reading_story *story)
{
    char *text = tell(reading, story);
    const bool same = strcmp(text, story->text) == 0;
    if (!same)
        printf("alone:\n%smerged:\n%s", story->text, text);
    free(text);
    return same;
}
