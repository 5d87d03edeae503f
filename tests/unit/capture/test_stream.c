/*
 * The window over a stream's bytes.
 */
#include "packed.h"
#include "stream.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

static const char *path_in(const char *folder, const char *name, char path[static 100])
{
    snprintf(path, 100, "%s/%s", folder, name);
    return path;
}

static void a_window_grows_to_what_is_wanted(void **state)
{
    char path[100];
    struct bytes b = {.data = malloc(3 << 20), .size = 3 << 20};
    assert_non_null(b.data);
    for (size_t i = 0; i < b.size; i++)
        b.data[i] = (uint8_t)(i * 7 + (i >> 8) + (i >> 16));
    write_file(path_in(*state, "grow", path), b.data, b.size);
    struct es_stream stream;
    uint64_t progress;
    assert_true(es_stream_open(&stream, path, NULL, &progress, NULL));
    assert_int_equal(stream.unpacker.size, b.size);
    const uint8_t *window = es_stream_peek(&stream, 10);
    assert_memory_equal(window, b.data, 10);
    es_stream_step(&stream, 10);
    window = es_stream_peek(&stream, (2 << 20) + 3);
    assert_memory_equal(window, b.data + 10, (2 << 20) + 3);
    assert_int_equal(es_stream_offset(&stream), 10);
    es_stream_step(&stream, (2 << 20) + 3);
    assert_true(es_stream_skip(&stream, 1000000));
    assert_int_equal(es_stream_offset(&stream), 10 + (2 << 20) + 3 + 1000000);
    const size_t left = b.size - (size_t)es_stream_offset(&stream);
    assert_null(es_stream_peek(&stream, left + 1));
    assert_int_equal(stream.state, ES_STREAM_ENDED);
    assert_int_equal(es_stream_held(&stream), left);
    window = es_stream_peek(&stream, left);
    assert_memory_equal(window, b.data + b.size - left, left);
    assert_false(es_stream_skip(&stream, left + 1));
    assert_int_equal(es_stream_held(&stream), 0);
    assert_int_equal(es_stream_offset(&stream), b.size);
    assert_int_equal(progress, b.size);
    es_stream_close(&stream);
    es_stream_close(&stream);
    free(b.data);
}

struct dripping {
    const char *path;
    const struct bytes *bytes;
};

static void *drip(void *argument)
{
    const struct dripping *dripping = argument;
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    FILE *file = fopen(dripping->path, "wb");
    for (size_t i = 0; file && i < dripping->bytes->size; i++) {
        fputc(dripping->bytes->data[i], file);
        fflush(file);
    }
    if (file)
        fclose(file);
    return NULL;
}

/* Reads a FIFO into which the bytes come one at a time. */
static void read_drops(const char *folder, const struct bytes *b,
                       const struct es_source_options *options, struct outcome *out)
{
    char path[100];
    assert_int_equal(mkfifo(path_in(folder, "fifo", path), 0600), 0);
    struct dripping dripping = {path, b};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, drip, &dripping), 0);
    const char *name = path;
    struct es_source *source = es_source_open(&name, 1, options, NULL);
    assert_non_null(source);
    drain(source, out);
    pthread_join(thread, NULL);
    assert_int_equal(unlink(path), 0);
}

static void a_pipe_may_deliver_one_byte_at_a_time(void **state)
{
    struct bytes plain = {0}, gzip = {0}, zstd = {0}, ng = {0};
    put_small_capture(&plain);
    put_parts(&gzip, put_gzip);
    put_parts(&zstd, put_zstd);
    put_section(&ng);
    put_interface(&ng, 1, 0, 6, 0, NULL);
    for (uint8_t i = 0; i < PACKED_PACKETS; i++)
        put_enhanced(&ng, 0, i, i, 30, 30);
    const struct bytes *const all[] = {&plain, &gzip, &zstd, &ng};
    for (size_t i = 0; i < ES_COUNT(all); i++) {
        struct outcome out;
        read_drops(*state, all[i], NULL, &out);
        assert_int_equal(out.count, PACKED_PACKETS);
        for (uint8_t k = 0; k < PACKED_PACKETS; k++)
            assert_pattern(&out.frames[k], k, 30, 30);
        assert_int_equal(out.files[0].damage.kind, ES_ERROR_NONE);
        assert_int_equal(out.files[0].size, 0);
        assert_int_equal(out.files[0].read, all[i]->size);
        forget(&out);
        free(all[i]->data);
    }
}

static void a_pipe_that_closes_midway_is_a_cut(void **state)
{
    struct bytes b = {0};
    put_small_capture(&b);
    b.size -= 10;
    struct outcome out;
    read_drops(*state, &b, NULL, &out);
    assert_int_equal(out.count, PACKED_PACKETS - 1);
    assert_contains(out.files[0].damage.text, "10 bytes missing");
    forget(&out);
    free(b.data);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
    (void)number;
    alarms = alarms + 1;
}

static bool never(void)
{
    return false;
}

/*
 * Where waiting can be given up it is poll() that the signal ends, else read(). Signals that come
 * faster than a slow machine handles them, or valgrind does, leave it no time for anything else.
 */
static void signals_lose_nothing(void **state)
{
    const struct sigaction action = {.sa_handler = on_alarm}; /* without SA_RESTART */
    const struct itimerval often =
                               {
                                   {0, 2000},
                                   {0, 2000}
    },
                           off = {0};
    struct sigaction before;
    sigaction(SIGALRM, &action, &before);
    for (int i = 0; i < 4; i++) {
        const struct es_source_options options = {.stop = i & 1 ? never : NULL};
        struct bytes b = {0};
        struct outcome out;
        if (i & 2)
            put_parts(&b, put_zstd);
        else
            put_small_capture(&b);
        alarms = 0;
        setitimer(ITIMER_REAL, &often, NULL);
        read_drops(*state, &b, &options, &out);
        while (!alarms)
            usleep(100);
        setitimer(ITIMER_REAL, &off, NULL);
        assert_int_equal(out.count, PACKED_PACKETS);
        assert_string_equal(out.files[0].damage.text, "");
        forget(&out);
        free(b.data);
    }
    sigaction(SIGALRM, &before, NULL);
}

/* What is added before its end is reached is read too. */
static void a_file_may_grow_while_it_is_read(void **state)
{
    char path[100];
    const char *name = path_in(*state, "grows", path);
    struct bytes b = {0};
    put_small_capture(&b);
    const size_t half = b.size / 2;
    write_file(path, b.data, half);
    struct es_source *source = es_source_open(&name, 1, NULL, NULL);
    struct es_frame frame;
    assert_int_equal(es_source_next(source, &frame), ES_STEP_FRAME);
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    assert_int_equal(fwrite(b.data + half, 1, b.size - half, file), b.size - half);
    fclose(file);
    struct outcome out;
    drain(source, &out);
    assert_int_equal(out.count, PACKED_PACKETS - 1);
    assert_string_equal(out.files[0].damage.text, "");
    assert_int_equal(out.files[0].read, b.size);
    forget(&out);
    free(b.data);
}

/* Even where a packet ends, so that what is left looks sound. */
static void a_file_that_becomes_shorter_says_so(void **state)
{
    enum { BODY = 50000, WHOLE = 20 };
    struct bytes plain = {0}, packed = {0};
    put_pcap_header(&plain, PCAP_MICRO, 1);
    for (uint8_t i = 0; i < WHOLE; i++)
        put_pcap_packet(&plain, i, 0, i, BODY, BODY);
    packed.data = malloc(plain.size);
    assert_non_null(packed.data);
    /* Bytes that do not shrink: the file must be longer than the first read. */
    uint32_t noise = 1;
    for (size_t i = 24 + 16; i < plain.size; i++) {
        noise = noise * 1664525 + 1013904223;
        if ((i - 24) % (BODY + 16) >= 16)
            plain.data[i] = (uint8_t)(noise >> 24);
    }
    put_gzip(&packed, plain.data, plain.size);
    for (int i = 0; i < 2; i++) {
        char path[100];
        const char *name = path_in(*state, "shrinks", path);
        const struct bytes *b = i ? &packed : &plain;
        write_file(path, b->data, b->size);
        struct es_source *source = es_source_open(&name, 1, NULL, NULL);
        struct es_frame frame;
        assert_int_equal(es_source_next(source, &frame), ES_STEP_FRAME);
        assert_int_equal(truncate(path, 24 + 10 * (16 + BODY)), 0);
        struct outcome out;
        drain(source, &out);
        assert_in_range(out.count, 8, 10);
        assert_contains(out.files[0].damage.text, "became shorter while it was read: 500184 bytes");
        forget(&out);
    }
    free(plain.data);
    free(packed.data);
}

static void a_missing_file_is_an_error_of_the_system(void **state)
{
    char path[100];
    struct es_stream stream;
    uint64_t progress;
    struct es_error error = {0};
    assert_false(es_stream_open(&stream, path_in(*state, "none", path), NULL, &progress, &error));
    assert_int_equal(error.kind, ES_ERROR_SYSTEM);
    assert_string_equal(error.text, "cannot be opened: No such file or directory");
    es_stream_close(&stream);
}

static void a_directory_cannot_be_read_as_a_stream(void **state)
{
    struct es_stream stream;
    uint64_t progress;
    assert_true(es_stream_open(&stream, *state, NULL, &progress, NULL));
    assert_null(es_stream_peek(&stream, 1));
    assert_int_equal(stream.state, ES_STREAM_DAMAGED);
    assert_contains(stream.error.text, "Is a directory");
    es_stream_close(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_window_grows_to_what_is_wanted),
        cmocka_unit_test(a_pipe_may_deliver_one_byte_at_a_time),
        cmocka_unit_test(a_pipe_that_closes_midway_is_a_cut),
        cmocka_unit_test(signals_lose_nothing),
        cmocka_unit_test(a_file_may_grow_while_it_is_read),
        cmocka_unit_test(a_file_that_becomes_shorter_says_so),
        cmocka_unit_test(a_missing_file_is_an_error_of_the_system),
        cmocka_unit_test(a_directory_cannot_be_read_as_a_stream),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
