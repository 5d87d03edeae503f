/*
 * Unpacking on a thread of its own: what comes out is what comes out without.
 */
#include "packed.h"
#include "stream.h"
#include "unpack_ahead.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

enum {
    PACKETS = 600,
    LARGE_EVERY = 200,    /* packets: one of them then is larger than the room before a piece, */
    LARGE_BYTES = 300000, /* and than a piece */
    MAX_FRAME = 1 << 20,
};

static const char *path_in(const char *folder, const char *name, char path[static 100])
{
    snprintf(path, 100, "%s/%s", folder, name);
    return path;
}

/* Frames of many sizes, whose bytes do not repeat within a window. */
static void put_large_capture(struct bytes *b)
{
    uint32_t noise = 1;
    put_pcap_header(b, PCAP_MICRO, 1);
    for (uint32_t i = 0; i < PACKETS; i++) {
        const uint32_t size = i % LARGE_EVERY == LARGE_EVERY - 1 ? LARGE_BYTES : i % 1500 + 40;
        put32(b, i);
        put32(b, 0);
        put32(b, size);
        put32(b, size);
        for (uint32_t k = 0; k < size; k++) {
            noise = noise * 1664525 + 1013904223;
            const uint8_t byte = k % 3 ? (uint8_t)k : (uint8_t)(noise >> 24);
            put(b, &byte, 1);
        }
    }
}

/* All that a reader can tell. */
struct account {
    uint64_t frames, bytes, read;
    uint64_t hash; /* FNV-1a over times, sizes and bytes */
    char damage[ES_ERROR_TEXT];
};

static void mix(uint64_t *hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++)
        *hash = (*hash ^ bytes[i]) * UINT64_C(0x100000001b3);
}

static struct account read_account(const char *path, bool one_thread)
{
    const struct es_source_options options = {.one_thread = one_thread,
                                              .max_frame_bytes = MAX_FRAME};
    struct account account = {.hash = UINT64_C(0xcbf29ce484222325)};
    struct es_error error = {0};
    struct es_frame frame;
    struct es_source *source = es_source_open(&path, 1, &options, &error);
    assert_non_null(source);
    while (es_source_next(source, &frame) == ES_STEP_FRAME) {
        account.frames++;
        account.bytes += frame.held;
        mix(&account.hash, &frame.ref.time, sizeof(frame.ref.time));
        mix(&account.hash, &frame.held, sizeof(frame.held));
        mix(&account.hash, frame.bytes, frame.held);
    }
    account.read = es_source_file(source, 0)->read;
    snprintf(account.damage, sizeof(account.damage), "%s", es_source_file(source, 0)->damage.text);
    es_source_free(source);
    return account;
}

static struct account same_both_ways(const char *path)
{
    const struct account alone = read_account(path, true);
    const struct account ahead = read_account(path, false);
    assert_int_equal(ahead.frames, alone.frames);
    assert_int_equal(ahead.bytes, alone.bytes);
    assert_int_equal(ahead.hash, alone.hash);
    assert_int_equal(ahead.read, alone.read);
    assert_string_equal(ahead.damage, alone.damage);
    return ahead;
}

typedef void pack_function(struct bytes *, const void *, size_t);
static pack_function *const packers[] = {put_gzip, put_zstd};

static void write_packed(struct bytes *packed, pack_function *pack)
{
    struct bytes plain = {0};
    put_large_capture(&plain);
    pack(packed, plain.data, plain.size);
    free(plain.data);
}

static void a_thread_changes_nothing(void **state)
{
    char path[100];
    for (size_t i = 0; i < ES_COUNT(packers); i++) {
        struct bytes packed = {0};
        write_packed(&packed, packers[i]);
        write_file(path_in(*state, "packed", path), packed.data, packed.size);
        const struct account account = same_both_ways(path);
        assert_int_equal(account.frames, PACKETS);
        assert_int_equal(account.read, packed.size);
        assert_string_equal(account.damage, "");
        free(packed.data);
    }
}

static void a_thread_runs_for_packed_files_only(void **state)
{
    char path[100];
    struct bytes plain = {0}, packed = {0};
    put_large_capture(&plain);
    put_gzip(&packed, plain.data, plain.size);
    for (int i = 0; i < 4; i++) {
        const struct bytes *b = i & 1 ? &packed : &plain;
        const struct es_stream_options options = {.one_thread = i & 2};
        struct es_stream stream;
        uint64_t progress;
        write_file(path_in(*state, "some", path), b->data, b->size);
        assert_true(es_stream_open(&stream, path, &options, &progress, NULL));
        assert_non_null(es_stream_peek(&stream, 100));
        assert_null(stream.ahead); /* a look at the beginning needs none */
        assert_true(es_stream_skip(&stream, plain.size - 100));
        assert_int_equal(stream.ahead != NULL, i == 1);
        assert_memory_equal(es_stream_peek(&stream, 100), plain.data + plain.size - 100, 100);
        es_stream_close(&stream);
    }
    free(plain.data);
    free(packed.data);
}

/* Cut and flipped here and there: the same frames before it, and the same words about it. */
static void a_thread_finds_the_same_damage(void **state)
{
    char path[100];
    for (size_t i = 0; i < ES_COUNT(packers); i++) {
        struct bytes packed = {0};
        write_packed(&packed, packers[i]);
        for (size_t at = 5000; at < packed.size; at += packed.size / 6) {
            write_file(path_in(*state, "cut", path), packed.data, at);
            assert_contains(same_both_ways(path).damage, "cut off");
            packed.data[at] ^= 0x10;
            write_file(path_in(*state, "flipped", path), packed.data, packed.size);
            assert_contains(same_both_ways(path).damage, "offset");
            packed.data[at] ^= 0x10;
        }
        free(packed.data);
    }
}

/* Whatever the thread is at: waiting for room, or not even that far. */
static void a_stream_may_be_closed_anywhere(void **state)
{
    char path[100];
    struct bytes packed = {0};
    write_packed(&packed, put_zstd);
    write_file(path_in(*state, "closed", path), packed.data, packed.size);
    for (size_t size = 1; size < 1000000; size += 37000) {
        struct es_stream stream;
        uint64_t progress;
        assert_true(es_stream_open(&stream, path, NULL, &progress, NULL));
        assert_true(es_stream_skip(&stream, size));
        es_stream_close(&stream);
    }
    free(packed.data);
}

/* ---- pipes that stall ---- */

struct writer {
    const char *path;
    const struct bytes *bytes;
    size_t size; /* of them that it writes before it stalls */
    atomic_bool done, let_go;
};

static void *write_and_stall(void *argument)
{
    struct writer *writer = argument;
    FILE *file = fopen(writer->path, "wb");
    if (file) {
        fwrite(writer->bytes->data, 1, writer->size, file);
        fflush(file);
    }
    atomic_store(&writer->done, true);
    while (!atomic_load(&writer->let_go))
        usleep(1000);
    if (file)
        fclose(file);
    return NULL;
}

static struct writer *stalled; /* stop() takes no argument */

static bool stop_when_stalled(void)
{
    return atomic_load(&stalled->done);
}

/* The frames of a FIFO into which only the first `size` bytes come. */
static uint64_t read_stalling(const char *folder, const struct bytes *b, size_t size,
                              bool one_thread)
{
    char path[100];
    path_in(folder, "stalls", path);
    const char *name = path;
    assert_int_equal(mkfifo(path, 0600), 0);
    struct writer writer = {.path = path, .bytes = b, .size = size};
    pthread_t thread;
    stalled = &writer;
    assert_int_equal(pthread_create(&thread, NULL, write_and_stall, &writer), 0);

    const struct es_source_options options = {
        .one_thread = one_thread, .max_frame_bytes = MAX_FRAME, .stop = stop_when_stalled};
    struct es_frame frame;
    uint64_t frames = 0;
    struct es_source *source = es_source_open(&name, 1, &options, NULL);
    assert_non_null(source);
    while (es_source_next(source, &frame) == ES_STEP_FRAME)
        frames++;
    assert_string_equal(es_source_file(source, 0)->damage.text, "");
    es_source_free(source);
    atomic_store(&writer.let_go, true);
    pthread_join(thread, NULL);
    assert_int_equal(unlink(path), 0);
    return frames;
}

/* What came before is handed out, and a packet that came in part is nobody's fault. */
static void a_pipe_that_stalls_can_be_given_up(void **state)
{
    struct bytes plain = {0}, gzip = {0}, zstd = {0};
    put_large_capture(&plain);
    put_gzip(&gzip, plain.data, plain.size);
    put_zstd(&zstd, plain.data, plain.size);
    const struct bytes *const all[] = {&plain, &gzip, &zstd};
    for (size_t i = 0; i < ES_COUNT(all); i++) {
        for (int one_thread = 0; one_thread <= 1; one_thread++) {
            const uint64_t frames =
                read_stalling(*state, all[i], all[i]->size * 9 / 10, one_thread);
            assert_in_range(frames, 1, PACKETS - 1);
        }
    }
    free(plain.data);
    free(gzip.data);
    free(zstd.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_changes_nothing),
        cmocka_unit_test(a_thread_runs_for_packed_files_only),
        cmocka_unit_test(a_thread_finds_the_same_damage),
        cmocka_unit_test(a_stream_may_be_closed_anywhere),
        cmocka_unit_test(a_pipe_that_stalls_can_be_given_up),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
