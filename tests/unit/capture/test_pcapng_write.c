/*
 * pcapng as it is written: read back through the door, and looked at as bytes.
 */
#include "unit.h"

#include "espial/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BYTES = 300 };

struct place {
    char folder[64], path[128];
    uint8_t bytes[BYTES];
};

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    snprintf(place->folder, sizeof(place->folder), "/tmp/espial-writer-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/out.pcapng", place->folder);
    for (size_t i = 0; i < BYTES; i++)
        place->bytes[i] = (uint8_t)(7 * i);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    assert_int_equal(rmdir(place->folder), 0);
    free(place);
    return 0;
}

static struct es_frame frame_of(const struct place *place, size_t held, size_t wire, es_time time)
{
    return (struct es_frame){.bytes = place->bytes,
                             .held = held,
                             .wire = wire,
                             .ref = {.time = time},
                             .link_type = 1,
                             .timed = true};
}

static void put(struct es_writer *writer, const struct es_frame *frame, const char *interface)
{
    struct es_error error = {0};
    assert_true(es_writer_frame(writer, frame, interface, &error));
}

static void close_whole(struct es_writer *writer)
{
    struct es_error error = {0};
    assert_true(es_writer_close(writer, true, &error));
}

static struct es_writer *open_at(const struct place *place, const char *comment)
{
    struct es_error error = {0};
    struct es_writer *writer = es_writer_open(place->path, comment, &error);
    assert_non_null(writer);
    return writer;
}

/* The next frame is this one. */
static void expect_frame(struct es_source *source, const struct es_frame *expected,
                         const char *interface)
{
    struct es_frame got;
    assert_int_equal(es_source_next(source, &got), ES_STEP_FRAME);
    assert_int_equal(got.held, expected->held);
    assert_int_equal(got.wire, expected->wire);
    assert_int_equal(got.ref.time, expected->ref.time);
    assert_int_equal(got.link_type, expected->link_type);
    assert_int_equal(got.direction, expected->direction);
    if (expected->held)
        assert_memory_equal(got.bytes, expected->bytes, expected->held);
    const char *name = es_source_interface_name(source, &got);
    if (interface)
        assert_string_equal(name, interface);
    else
        assert_null(name);
}

static struct es_source *read_back(const struct place *place)
{
    struct es_error error = {0};
    const char *const paths[] = {place->path};
    struct es_source *source = es_source_open(paths, 1, NULL, &error);
    assert_non_null(source);
    return source;
}

static void expect_end(struct es_source *source)
{
    struct es_frame got;
    assert_int_equal(es_source_next(source, &got), ES_STEP_END);
    assert_string_equal(es_source_file(source, 0)->damage.text, "");
    assert_int_equal(es_source_file(source, 0)->unreadable, 0);
    es_source_free(source);
}

static void frames_of_every_length_come_back_as_they_were(void **state)
{
    const struct place *place = *state;
    struct es_writer *writer = open_at(place, NULL);
    for (size_t held = 0; held < 9; held++) {
        const struct es_frame frame =
            frame_of(place, held, held + held % 3, 1700000000123456789 + (es_time)held);
        put(writer, &frame, "eth0");
    }
    assert_int_equal(es_writer_frames(writer), 9);
    close_whole(writer);
    struct es_source *source = read_back(place);
    for (size_t held = 0; held < 9; held++) {
        const struct es_frame frame =
            frame_of(place, held, held + held % 3, 1700000000123456789 + (es_time)held);
        expect_frame(source, &frame, "eth0");
    }
    expect_end(source);
}

static void link_types_names_and_directions_stay_apart(void **state)
{
    const struct place *place = *state;
    struct es_writer *writer = open_at(place, "why this was written");
    struct es_frame frames[4];
    static const char *const names[] = {"eth0", "tun0", NULL, "eth0"};
    static const uint32_t links[] = {1, 101, 101, 1};
    for (size_t i = 0; i < 4; i++) {
        frames[i] = frame_of(place, 60 + i, 60 + i, (es_time)i * ES_SECOND + 1);
        frames[i].link_type = links[i];
        frames[i].direction = (enum es_direction)(i % 3);
        put(writer, &frames[i], names[i]);
    }
    close_whole(writer);
    struct es_source *source = read_back(place);
    for (size_t i = 0; i < 4; i++)
        expect_frame(source, &frames[i], names[i]);
    expect_end(source);
}

static void many_frames_are_flushed_and_counted(void **state)
{
    const struct place *place = *state;
    struct es_writer *writer = open_at(place, NULL);
    for (int i = 0; i < 3000; i++) {
        const struct es_frame frame = frame_of(place, BYTES, 1500, i);
        put(writer, &frame, NULL);
    }
    const uint64_t bytes = es_writer_bytes(writer);
    close_whole(writer);
    FILE *file = fopen(place->path, "r");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    assert_int_equal(ftell(file), bytes);
    fclose(file);
    struct es_source *source = read_back(place);
    for (int i = 0; i < 3000; i++) {
        const struct es_frame frame = frame_of(place, BYTES, 1500, i);
        expect_frame(source, &frame, NULL);
    }
    expect_end(source);
}

/* Where `chars` stand in the file; they must. */
static long find(const struct place *place, const char *chars)
{
    char bytes[8192];
    FILE *file = fopen(place->path, "r");
    assert_non_null(file);
    const size_t count = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    const char *at = memmem(bytes, count, chars, strlen(chars));
    assert_non_null(at);
    return at - bytes;
}

static void comments_stand_at_their_frames_and_hold_nothing_hostile(void **state)
{
    const struct place *place = *state;
    struct es_writer *writer = open_at(place, "about all of it");
    const struct es_frame frame = frame_of(place, 61, 61, 5);
    put(writer, &frame, NULL);
    es_writer_comment(writer, "first of two");
    es_writer_comment(writer, "second\033[2J");
    put(writer, &frame, NULL);
    put(writer, &frame, NULL);
    char long_one[10000];
    memset(long_one, 'x', sizeof(long_one));
    long_one[sizeof(long_one) - 1] = '\0';
    es_writer_comment(writer, long_one);
    put(writer, &frame, NULL);
    close_whole(writer);
    assert_true(find(place, "about all of it") < find(place, "first of two"));
    assert_true(find(place, "first of two") < find(place, "second\\x1b[2J"));
    struct es_source *source = read_back(place);
    for (int i = 0; i < 4; i++)
        expect_frame(source, &frame, NULL);
    expect_end(source);
}

static void there_is_no_file_before_the_end_nor_after_discarding(void **state)
{
    const struct place *place = *state;
    struct es_writer *writer = open_at(place, NULL);
    const struct es_frame frame = frame_of(place, 60, 60, 5);
    put(writer, &frame, NULL);
    assert_int_equal(access(place->path, F_OK), -1);
    es_writer_discard(writer);
    es_writer_discard(NULL);
    assert_int_equal(access(place->path, F_OK), -1);
}

int main(void)
{
#define writer_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        writer_test(frames_of_every_length_come_back_as_they_were),
        writer_test(link_types_names_and_directions_stay_apart),
        writer_test(many_frames_are_flushed_and_counted),
        writer_test(comments_stand_at_their_frames_and_hold_nothing_hostile),
        writer_test(there_is_no_file_before_the_end_nor_after_discarding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
