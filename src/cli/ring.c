/*
 * Packets in a ring of bytes, oldest first out. A save is a cursor that runs after the newest
 * packet; a packet that must go before the cursor came by is written first.
 */
#include "ring.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ALIGNMENT = 8,
    NAME_BYTES = 48, /* of interfaces: those of Linux have 15 */
    NAMES_MAX = 16,
    /* What a save writes in one go while packets may be waiting. */
    STEP_BYTES = 256 * 1024,
    /* A save that is prolonged by one finding after another ends after so many times `after`. */
    PROLONGED = 6,
    /* What comes behind a finding fills as much as what was before: a fast tunnel would fill disks.
     */
    SAVE_RINGS = 2,
    MARKS_MAX = 96,
    SAVES_LISTED = 65536,
};

/* A packet in the ring, its bytes behind it. */
struct record {
    es_time time;
    uint64_t number;
    uint32_t file;
    uint32_t held; /* SKIP: nothing more up to the end of the memory */
    uint32_t wire;
    uint32_t link_type;
    uint32_t interface; /* pcapng interface */
    uint8_t direction;
    uint8_t name; /* place in `names`; NO_NAME: none */
};
enum { SKIP = INT32_MAX, NO_NAME = 255 };

/* A packet that a finding names. */
struct mark {
    uint64_t number;
    uint32_t file;
    char words[200];
};

struct save {
    struct es_writer *writer; /* owned; NULL: no save goes on */
    uint64_t cursor;          /* the next record to write */
    es_time until, latest;    /* when it ends, and cannot be prolonged beyond */
    struct es_text base;      /* of its files' names */
    struct es_text records;   /* JSON of its findings */
    struct mark marks[MARKS_MAX];
    size_t mark_count;
};

struct es_ring {
    struct es_ring_options options;
    uint8_t *memory;     /* owned */
    uint64_t tail, head; /* of the oldest record, behind the newest: they only grow */
    char names[NAMES_MAX][NAME_BYTES];
    uint8_t name_count;
    struct save save;
    struct es_ring_counts counts;
    bool in_trouble;     /* the last save failed, and that was said */
    struct es_text news; /* to be said */
};

struct es_ring *es_ring_new(const struct es_ring_options *options)
{
    struct es_ring *ring = calloc(1, sizeof(*ring));
    if (!ring)
        return NULL;
    ring->options = *options;
    ring->options.bytes -= ring->options.bytes % ALIGNMENT;
    ring->memory = malloc(ring->options.bytes);
    if (!ring->memory) {
        free(ring);
        return NULL;
    }
    es_text_init(&ring->save.base);
    es_text_init(&ring->save.records);
    es_text_init(&ring->news);
    return ring;
}

/* --- records --- */

static size_t size_of(size_t held)
{
    const size_t size = sizeof(struct record) + held;
    return size + (ALIGNMENT - size % ALIGNMENT) % ALIGNMENT;
}

/* The position of the record at `at`, or of the one that the skip there leads to. */
static uint64_t settle(const struct es_ring *ring, uint64_t at)
{
    const size_t offset = (size_t)(at % ring->options.bytes);
    const size_t left = ring->options.bytes - offset;
    uint32_t held = SKIP;
    if (at == ring->head)
        return at;
    if (left >= sizeof(struct record))
        memcpy(&held, ring->memory + offset + offsetof(struct record, held), sizeof(held));
    return held == SKIP ? at + left : at;
}

static const uint8_t *read_record(const struct es_ring *ring, uint64_t at, struct record *out)
{
    const uint8_t *place = ring->memory + at % ring->options.bytes;
    memcpy(out, place, sizeof(*out));
    return place + sizeof(*out);
}

/* --- a save --- */

static void drop_save(struct es_ring *ring)
{
    es_writer_discard(ring->save.writer);
    ring->save.writer = NULL;
    ring->save.mark_count = 0;
    es_text_clear(&ring->save.base);
    es_text_clear(&ring->save.records);
}

static void save_failed(struct es_ring *ring, const struct es_error *error)
{
    ring->counts.failed++;
    if (!ring->in_trouble)
        es_text_addf(&ring->news,
                     "--ring: %s; this evidence is lost, later saves are tried without a word",
                     error->text);
    ring->in_trouble = true;
    drop_save(ring);
}

static void comment_on(struct save *save, const struct record *record)
{
    for (size_t i = 0; i < save->mark_count; i++) {
        if (save->marks[i].number == record->number && save->marks[i].file == record->file)
            es_writer_comment(save->writer, save->marks[i].words);
    }
}

/* Writes the record that the cursor stands at; its size, or 0 at the end or when that failed. */
static size_t write_one(struct es_ring *ring)
{
    struct save *save = &ring->save;
    struct es_error error = {0};
    struct record record;
    save->cursor = settle(ring, save->cursor);
    if (save->cursor == ring->head)
        return 0;
    const uint8_t *bytes = read_record(ring, save->cursor, &record);
    const struct es_frame frame = {
        .bytes = bytes,
        .held = record.held,
        .wire = record.wire,
        .ref = es_packet_ref(record.number, record.file, record.time),
        .link_type = record.link_type,
        .interface = record.interface,
        .direction = (enum es_direction)record.direction,
        .timed = true,
    };
    comment_on(save, &record);
    if (!es_writer_frame(save->writer, &frame,
                         record.name == NO_NAME ? NULL : ring->names[record.name], &error)) {
        save_failed(ring, &error);
        return 0;
    }
    save->cursor += size_of(record.held);
    return size_of(record.held);
}

/* The paths are BASE.pcapng and BASE.json. */
static void add_path(const struct es_ring *ring, const char *end, struct es_text *path)
{
    es_text_clear(path);
    es_text_addf(path, "%s/%s%s", ring->options.folder, es_text_chars(&ring->save.base), end);
}

static bool write_records(struct es_ring *ring, struct es_error *error)
{
    struct es_text path;
    struct es_output output;
    const struct es_text *records = &ring->save.records;
    es_text_init(&path);
    add_path(ring, ".json", &path);
    bool done = !path.failed && !records->failed;
    if (!done)
        es_error_set(error, ES_ERROR_MEMORY, "no memory for the findings of a save");
    if (done && (done = es_output_open(&output, path.chars, error))) {
        done = es_output_write(&output, es_text_chars(records), records->length, error);
        if (done)
            done = es_output_keep(&output, false, error);
        else
            es_output_drop(&output);
    }
    es_text_fini(&path);
    return done;
}

/* Not waiting for the disk, which could take long: the kernel writes it within seconds anyway. */
static void finish_save(struct es_ring *ring, bool with_the_rest)
{
    struct save *save = &ring->save;
    struct es_error error = {0};
    while (with_the_rest && write_one(ring) > 0)
        ;
    if (!save->writer)
        return;
    const uint64_t frames = es_writer_frames(save->writer);
    bool done = es_writer_close(save->writer, false, &error);
    save->writer = NULL;
    if (!done || !write_records(ring, &error)) {
        save_failed(ring, &error);
        return;
    }
    ring->counts.saved++;
    ring->in_trouble = false;
    es_text_addf(&ring->news, "saved %" PRIu64 " packets as %s/%s.pcapng", frames,
                 ring->options.folder, es_text_chars(&save->base));
    drop_save(ring);
}

void es_ring_step(struct es_ring *ring, es_time now, bool over)
{
    if (!ring->save.writer)
        return;
    const bool full = es_writer_bytes(ring->save.writer) >= SAVE_RINGS * ring->options.bytes;
    if (over || full || now >= ring->save.until) {
        finish_save(ring, over || !full);
        return;
    }
    size_t written = 0;
    size_t one;
    while (written < STEP_BYTES && (one = write_one(ring)) > 0)
        written += one;
}

/* --- old saves --- */

struct old_save {
    char name[256];
    uint64_t bytes;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct old_save *)a)->name, ((const struct old_save *)b)->name);
}

/* "espial-20261127T191502Z-….pcapng" and its ".json": the name without the ending, or false. */
static bool is_save(const char *name, struct old_save *out)
{
    const char *dot = strrchr(name, '.');
    if (strncmp(name, "espial-", 7) != 0 || !dot || strspn(name + 7, "0123456789T") != 15 ||
        name[22] != 'Z' || (strcmp(dot, ".pcapng") != 0 && strcmp(dot, ".json") != 0))
        return false;
    const size_t length = (size_t)(dot - name);
    if (length >= sizeof(out->name))
        return false;
    memcpy(out->name, name, length);
    out->name[length] = '\0';
    return true;
}

static size_t list_saves(DIR *folder, struct old_save **list)
{
    size_t count = 0, capacity = 0;
    const struct dirent *entry;
    while (count < SAVES_LISTED && (entry = readdir(folder)) != NULL) {
        struct stat status;
        struct old_save save;
        if (!is_save(entry->d_name, &save) ||
            fstatat(dirfd(folder), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        save.bytes = (uint64_t)status.st_size;
        if (count == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            struct old_save *more = realloc(*list, capacity * sizeof(**list));
            if (!more)
                break;
            *list = more;
        }
        (*list)[count++] = save;
    }
    return count;
}

static void remove_save(int folder, const char *name)
{
    char file[sizeof(((struct old_save *)NULL)->name) + sizeof(".pcapng")];
    snprintf(file, sizeof(file), "%s.pcapng", name);
    unlinkat(folder, file, 0);
    snprintf(file, sizeof(file), "%s.json", name);
    unlinkat(folder, file, 0);
}

/* Both files of a save have one name: they are neighbours, and become one entry. */
static size_t join_pairs(struct old_save *list, size_t count)
{
    size_t joined = 0;
    for (size_t i = 0; i < count; i++) {
        if (joined && strcmp(list[joined - 1].name, list[i].name) == 0)
            list[joined - 1].bytes += list[i].bytes;
        else
            list[joined++] = list[i];
    }
    return joined;
}

/* Makes room for a new save: names begin with their time, so the first ones are the oldest. */
static void prune(const struct es_ring *ring)
{
    DIR *folder = opendir(ring->options.folder);
    struct old_save *list = NULL;
    if (!folder)
        return;
    size_t count = list_saves(folder, &list);
    if (count)
        qsort(list, count, sizeof(*list), compare_names);
    count = join_pairs(list, count);
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += list[i].bytes;
    for (size_t i = 0; i < count; i++) {
        if (count - i < ring->options.saves && bytes <= ring->options.saves_bytes)
            break;
        remove_save(dirfd(folder), list[i].name);
        bytes -= list[i].bytes;
    }
    free(list);
    closedir(folder);
}

/* --- findings --- */

static void mark_evidence(struct save *save, const struct es_finding *finding)
{
    for (size_t i = 0; i < finding->evidence_count && save->mark_count < MARKS_MAX; i++) {
        const struct es_evidence *e = &finding->evidence[i];
        struct mark *mark = &save->marks[save->mark_count++];
        mark->number = e->ref.number;
        mark->file = e->ref.file;
        snprintf(mark->words, sizeof(mark->words), "%s: %s", finding->rule->id,
                 e->what ? e->what : "");
    }
}

/* "espial-20261127T191502Z-dpd-unanswered-tunnel3"; "-2" behind it when that is taken. */
static void name_save(struct es_ring *ring, const struct es_alert *alert, es_time now)
{
    struct es_text *base = &ring->save.base;
    struct es_text path;
    es_text_init(&path);
    for (int attempt = 1; attempt < 100; attempt++) {
        es_text_clear(base);
        es_text_clear(&path);
        es_text_add_time(&path, now);
        es_text_add(base, "espial-");
        for (const char *c = es_text_chars(&path); *c && *c != '.'; c++) {
            if (*c != '-' && *c != ':')
                es_text_add_bytes(base, c, 1);
        }
        es_text_addf(base, "Z-%s", alert->rule->id);
        if (alert->tunnel)
            es_text_addf(base, "-tunnel%" PRIu32, alert->tunnel);
        if (attempt > 1)
            es_text_addf(base, "-%d", attempt);
        add_path(ring, ".pcapng", &path);
        if (path.failed || access(path.chars, F_OK) != 0)
            break;
    }
    es_text_fini(&path);
}

static bool begin_save(struct es_ring *ring, const struct es_alert *alert, es_time now)
{
    struct save *save = &ring->save;
    struct es_error error = {0};
    struct es_text path;
    es_text_init(&path);
    prune(ring);
    name_save(ring, alert, now);
    add_path(ring, ".pcapng", &path);
    if (path.failed || save->base.failed)
        es_error_set(&error, ES_ERROR_MEMORY, "no memory to save packets");
    else
        save->writer = es_writer_open(path.chars, alert->summary, &error);
    es_text_fini(&path);
    if (!save->writer) {
        save_failed(ring, &error);
        return false;
    }
    save->cursor = ring->tail;
    save->latest = now + PROLONGED * ring->options.after;
    return true;
}

void es_ring_alert(struct es_ring *ring, enum es_alert_kind kind, const struct es_alert *alert,
                   const struct es_finding *finding, const char *record, es_time now)
{
    struct save *save = &ring->save;
    const bool reaches = kind == ES_ALERT_BEGINS ||
                         (kind == ES_ALERT_CHANGES && alert->before < ring->options.least);
    if (!finding || !reaches || alert->severity < ring->options.least)
        return;
    if (!save->writer && !begin_save(ring, alert, now))
        return;
    save->until = now + ring->options.after;
    if (save->until > save->latest)
        save->until = save->latest;
    mark_evidence(save, finding);
    es_text_add(&save->records, record);
}

/* --- packets --- */

/* Forgets the oldest record. */
static void drop_oldest(struct es_ring *ring)
{
    struct record record;
    ring->tail = settle(ring, ring->tail);
    if (ring->tail == ring->head)
        return;
    if (ring->save.writer && settle(ring, ring->save.cursor) == ring->tail)
        write_one(ring);
    read_record(ring, ring->tail, &record);
    ring->tail += size_of(record.held);
    ring->counts.packets--;
    ring->counts.bytes -= size_of(record.held);
}

static uint8_t name_of(struct es_ring *ring, const char *name)
{
    char wanted[NAME_BYTES];
    if (!name)
        return NO_NAME;
    snprintf(wanted, sizeof(wanted), "%s", name);
    for (uint8_t i = 0; i < ring->name_count; i++) {
        if (strcmp(ring->names[i], wanted) == 0)
            return i;
    }
    if (ring->name_count == NAMES_MAX)
        return NO_NAME;
    memcpy(ring->names[ring->name_count], wanted, sizeof(wanted));
    return ring->name_count++;
}

static bool is_too_old(const struct es_ring *ring, es_time now)
{
    struct record record;
    const uint64_t at = settle(ring, ring->tail);
    if (ring->options.span == 0 || at == ring->head)
        return false;
    read_record(ring, at, &record);
    return now - record.time > ring->options.span;
}

void es_ring_frame(struct es_ring *ring, const struct es_frame *frame, const char *interface)
{
    const size_t capacity = ring->options.bytes;
    const size_t size = size_of(frame->held);
    if (size > capacity / 2) {
        ring->counts.too_long++;
        return;
    }
    const size_t left = capacity - (size_t)(ring->head % capacity);
    const size_t skipped = left < size ? left : 0;
    while (ring->head + skipped + size - ring->tail > capacity || is_too_old(ring, frame->ref.time))
        drop_oldest(ring);
    if (skipped >= sizeof(struct record)) {
        const struct record skip = {.held = SKIP};
        memcpy(ring->memory + ring->head % capacity, &skip, sizeof(skip));
    }
    ring->head += skipped;
    const struct record record = {
        .time = frame->ref.time,
        .number = frame->ref.number,
        .file = frame->ref.file,
        .held = (uint32_t)frame->held,
        .wire = (uint32_t)frame->wire,
        .link_type = frame->link_type,
        .interface = frame->interface,
        .direction = (uint8_t)frame->direction,
        .name = name_of(ring, interface),
    };
    uint8_t *place = ring->memory + ring->head % capacity;
    memcpy(place, &record, sizeof(record));
    if (frame->held)
        memcpy(place + sizeof(record), frame->bytes, frame->held);
    ring->head += size;
    ring->counts.packets++;
    ring->counts.bytes += size;
}

bool es_ring_news(struct es_ring *ring, struct es_text *words)
{
    es_text_clear(words);
    if (ring->news.length == 0)
        return false;
    es_text_add(words, ring->news.chars);
    es_text_clear(&ring->news);
    return true;
}

const struct es_ring_counts *es_ring_counts(const struct es_ring *ring)
{
    return &ring->counts;
}

void es_ring_free(struct es_ring *ring)
{
    if (!ring)
        return;
    drop_save(ring);
    es_text_fini(&ring->save.base);
    es_text_fini(&ring->save.records);
    es_text_fini(&ring->news);
    free(ring->memory);
    free(ring);
}
