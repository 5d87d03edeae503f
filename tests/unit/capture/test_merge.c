/*
 * Several files as one capture.
 */
#include "bytes.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>

struct row {
    uint32_t seconds;
    uint8_t seed;
};

/* Writes a file "<folder>/<name>" with a packet for each row. */
static void write_rows(const char *folder, const char *name, const struct row *rows, size_t count,
                       char path[static 100])
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    for (size_t i = 0; i < count; i++)
        put_pcap_packet(&b, rows[i].seconds, 0, rows[i].seed, 4, 4);
    snprintf(path, 100, "%s/%s", folder, name);
    write_file(path, b.data, b.size);
    free(b.data);
}

static size_t open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    size_t count = 0;
    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    return count;
}

static void frames_come_by_time_and_keep_their_numbers(void **state)
{
    static const struct row a[] = {
        {10, 1},
        {12, 2},
        {14, 3}
    };
    static const struct row b[] = {
        {11, 4},
        {12, 5},
        {20, 6}
    };
    static const struct row c[] = {
        {9, 7}
    };
    char paths[3][100];
    write_rows(*state, "a", a, ES_COUNT(a), paths[0]);
    write_rows(*state, "b", b, ES_COUNT(b), paths[1]);
    write_rows(*state, "c", c, ES_COUNT(c), paths[2]);
    struct outcome out;
    read_paths((const char *[]){paths[0], paths[1], paths[2]}, 3, &out);
    static const uint8_t seeds[] = {7, 1, 4, 2, 5, 3, 6};
    static const uint8_t files[] = {2, 0, 1, 0, 1, 0, 1};
    static const uint8_t numbers[] = {1, 1, 1, 2, 2, 3, 3};
    assert_int_equal(out.count, ES_COUNT(seeds));
    for (size_t i = 0; i < ES_COUNT(seeds); i++) {
        assert_pattern(&out.frames[i], seeds[i], 4, 4);
        assert_int_equal(out.frames[i].frame.ref.file, files[i]);
        assert_int_equal(out.frames[i].frame.ref.number, numbers[i]);
    }
    assert_int_equal(out.files[1].packets, 3);
    assert_int_equal(out.files[1].read, out.files[1].size);
    forget(&out);
}

static void frames_out_of_order_within_a_file_keep_its_order(void **state)
{
    static const struct row a[] = {
        {10, 1},
        {30, 2},
        {20, 3},
        {40, 4}
    };
    static const struct row b[] = {
        {25, 5},
        {35, 6}
    };
    char paths[2][100];
    write_rows(*state, "a", a, ES_COUNT(a), paths[0]);
    write_rows(*state, "b", b, ES_COUNT(b), paths[1]);
    struct outcome out;
    read_paths((const char *[]){paths[0], paths[1]}, 2, &out);
    static const uint8_t seeds[] = {1, 5, 2, 3, 6, 4};
    assert_int_equal(out.count, ES_COUNT(seeds));
    for (size_t i = 0; i < ES_COUNT(seeds); i++)
        assert_pattern(&out.frames[i], seeds[i], 4, 4);
    forget(&out);
}

static void a_ring_in_any_order_is_open_one_file_at_a_time(void **state)
{
    enum { FILES = 12 };
    char names[FILES][100];
    const char *paths[FILES];
    for (uint32_t i = 0; i < FILES; i++) {
        const uint32_t turn = (i * 5 + 3) % FILES; /* file i is the turn-th in time */
        const struct row rows[] = {
            {turn * 10,     (uint8_t)turn},
            {turn * 10 + 5, (uint8_t)turn}
        };
        char name[20];
        snprintf(name, sizeof(name), "ring.pcap%02u", (unsigned)i);
        write_rows(*state, name, rows, ES_COUNT(rows), names[i]);
        paths[i] = names[i];
    }
    const size_t before = open_descriptors();
    struct es_source *source = es_source_open(paths, FILES, NULL, NULL);
    assert_non_null(source);
    assert_int_equal(open_descriptors(), before);
    struct es_frame frame;
    for (uint32_t i = 0; i < 2 * FILES; i++) {
        assert_int_equal(es_source_next(source, &frame), ES_STEP_FRAME);
        assert_int_equal(frame.ref.time, (i / 2 * 10 + i % 2 * 5) * ES_SECOND);
        assert_int_equal(frame.bytes[0], i / 2);
        assert_int_equal(frame.ref.number, i % 2 + 1);
        assert_int_equal(open_descriptors(), before + 1);
    }
    assert_int_equal(es_source_next(source, &frame), ES_STEP_END);
    assert_int_equal(open_descriptors(), before);
    es_source_free(source);
}

static void bad_files_do_not_keep_the_others_from_being_read(void **state)
{
    static const struct row a[] = {
        {10, 1},
        {12, 2}
    };
    char paths[4][100];
    write_rows(*state, "a", a, ES_COUNT(a), paths[0]);
    write_rows(*state, "cut", a, ES_COUNT(a), paths[1]);
    assert_int_equal(truncate(paths[1], 24 + 20 + 7), 0);
    snprintf(paths[2], 100, "%s/none", (const char *)*state);
    snprintf(paths[3], 100, "%s/text", (const char *)*state);
    write_file(paths[3], "hello", 5);
    struct outcome out;
    read_paths((const char *[]){paths[3], paths[2], paths[1], paths[0]}, 4, &out);
    assert_int_equal(out.count, 3);
    assert_int_equal(out.frames[0].frame.ref.file, 2);
    assert_int_equal(out.frames[1].frame.ref.file, 3);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_FORMAT);
    assert_int_equal(out.files[1].damage.kind, ES_ERROR_SYSTEM);
    assert_contains(out.files[2].damage.text, "/cut: cut off in the middle of packet 2");
    assert_int_equal(out.files[2].packets, 1);
    assert_int_equal(out.files[3].damage.kind, ES_ERROR_NONE);
    forget(&out);
}

static void files_without_packets_are_merged_too(void **state)
{
    static const struct row a[] = {
        {10, 1}
    };
    char paths[2][100];
    write_rows(*state, "empty", a, 0, paths[0]);
    write_rows(*state, "a", a, 1, paths[1]);
    struct outcome out;
    read_paths((const char *[]){paths[0], paths[1]}, 2, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_NONE);
    forget(&out);
}

struct writing {
    const char *path;
    const struct row *rows;
    size_t count;
};

static void *write_fifo(void *argument)
{
    const struct writing *writing = argument;
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    for (size_t i = 0; i < writing->count; i++)
        put_pcap_packet(&b, writing->rows[i].seconds, 0, writing->rows[i].seed, 4, 4);
    write_file(writing->path, b.data, b.size);
    free(b.data);
    return NULL;
}

static void a_pipe_is_merged_with_a_file(void **state)
{
    static const struct row a[] = {
        {10, 1},
        {12, 2}
    };
    static const struct row b[] = {
        {11, 3},
        {13, 4}
    };
    char file[100], fifo[100];
    write_rows(*state, "a", a, ES_COUNT(a), file);
    snprintf(fifo, sizeof(fifo), "%s/fifo", (const char *)*state);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    struct writing writing = {fifo, b, ES_COUNT(b)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_fifo, &writing), 0);
    struct outcome out;
    read_paths((const char *[]){file, fifo}, 2, &out);
    pthread_join(thread, NULL);
    static const uint8_t seeds[] = {1, 3, 2, 4};
    assert_int_equal(out.count, ES_COUNT(seeds));
    for (size_t i = 0; i < ES_COUNT(seeds); i++)
        assert_pattern(&out.frames[i], seeds[i], 4, 4);
    forget(&out);
}

static void interface_names_are_those_of_the_frame_s_file(void **state)
{
    char paths[2][100];
    for (size_t i = 0; i < 2; i++) {
        struct bytes b = {0};
        put_section(&b);
        put_interface(&b, 1, 0, 6, 0, i ? "right" : "left");
        put_enhanced(&b, 0, 10 + i, 1, 4, 4);
        put_enhanced(&b, 0, 20 + i, 1, 4, 4);
        snprintf(paths[i], 100, "%s/%zu", (const char *)*state, i);
        write_file(paths[i], b.data, b.size);
        free(b.data);
    }
    struct outcome out;
    read_paths((const char *[]){paths[0], paths[1]}, 2, &out);
    assert_int_equal(out.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(out.frames[i].interface_name, i % 2 ? "right" : "left");
    forget(&out);
}

static void a_file_that_vanishes_before_its_turn_is_named(void **state)
{
    static const struct row a[] = {
        {10, 1}
    };
    static const struct row b[] = {
        {20, 2}
    };
    char paths[2][100];
    write_rows(*state, "a", a, 1, paths[0]);
    write_rows(*state, "b", b, 1, paths[1]);
    struct es_source *source = es_source_open((const char *[]){paths[0], paths[1]}, 2, NULL, NULL);
    assert_non_null(source);
    assert_int_equal(unlink(paths[1]), 0);
    struct outcome out;
    drain(source, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.files[1].damage.kind, ES_ERROR_SYSTEM);
    forget(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_by_time_and_keep_their_numbers),
        cmocka_unit_test(frames_out_of_order_within_a_file_keep_its_order),
        cmocka_unit_test(a_ring_in_any_order_is_open_one_file_at_a_time),
        cmocka_unit_test(bad_files_do_not_keep_the_others_from_being_read),
        cmocka_unit_test(files_without_packets_are_merged_too),
        cmocka_unit_test(a_pipe_is_merged_with_a_file),
        cmocka_unit_test(interface_names_are_those_of_the_frame_s_file),
        cmocka_unit_test(a_file_that_vanishes_before_its_turn_is_named),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
