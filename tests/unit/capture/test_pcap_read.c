/*
 * Classic pcap files.
 */
#include "bytes.h"

enum { HEADER = 24, RECORD = 16 };

static void both_orders_and_resolutions_give_the_same_frames(void **state)
{
    static const struct {
        bool big;
        uint32_t magic;
        uint32_t fraction;
    } cases[] = {
        {false, PCAP_MICRO, 123456   },
        {true,  PCAP_MICRO, 123456   },
        {false, PCAP_NANO,  123456000},
        {true,  PCAP_NANO,  123456000},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct bytes b = {.big = cases[i].big};
        put_pcap_header(&b, cases[i].magic, 101);
        put_pcap_packet(&b, 1700000000, cases[i].fraction, 7, 40, 40);
        put_pcap_packet(&b, 4000000000, 0, 9, 10, 1400);
        struct outcome out;
        read_bytes(*state, b.data, b.size, &out);
        assert_int_equal(out.count, 2);
        assert_pattern(&out.frames[0], 7, 40, 40);
        assert_pattern(&out.frames[1], 9, 10, 1400);
        assert_int_equal(out.frames[0].frame.ref.number, 1);
        assert_int_equal(out.frames[1].frame.ref.number, 2);
        assert_int_equal(out.frames[0].frame.ref.time, 1700000000123456000);
        assert_int_equal(out.frames[1].frame.ref.time, 4000000000 * ES_SECOND);
        assert_int_equal(out.frames[0].frame.link_type, 101);
        assert_int_equal(out.frames[0].frame.direction, ES_DIRECTION_UNKNOWN);
        assert_true(out.frames[0].frame.timed);
        assert_int_equal(out.files[0].packets, 2);
        assert_int_equal(out.files[0].bytes, 1440);
        assert_int_equal(out.files[0].cut_short, 1);
        assert_int_equal(out.files[0].size, b.size);
        assert_int_equal(out.files[0].read, b.size);
        assert_int_equal(out.files[0].damage.kind, ES_ERROR_NONE);
        forget(&out);
        free(b.data);
    }
}

static void nanoseconds_are_kept(void **state)
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_NANO, 1);
    put_pcap_packet(&b, 1700000000, 123456789, 0, 4, 4);
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.frames[0].frame.ref.time, 1700000000123456789);
    forget(&out);
    free(b.data);
}

static void a_file_without_packets_is_sound(void **state)
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 0);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_NONE);
    forget(&out);
    free(b.data);
}

static void the_upper_bits_of_the_link_type_are_masked(void **state)
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 0x54000001);
    put_pcap_packet(&b, 1, 0, 0, 4, 4);
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.frames[0].frame.link_type, 1);
    assert_int_equal(out.link_type_count, 1);
    assert_int_equal(out.link_types[0], 1);
    forget(&out);
    free(b.data);
}

static void more_held_than_the_wire_had_is_tolerated(void **state)
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    put_pcap_packet(&b, 1, 0, 3, 60, 42);
    put_pcap_packet(&b, 2, 0, 4, 0, 42);
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 2);
    assert_pattern(&out.frames[0], 3, 60, 42);
    assert_pattern(&out.frames[1], 4, 0, 42);
    assert_int_equal(out.files[0].cut_short, 1);
    forget(&out);
    free(b.data);
}

static void a_length_over_the_bound_is_damage_where_it_stands(void **state)
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    put_pcap_packet(&b, 1, 0, 0, 8, 8);
    put_pcap_packet(&b, 2, 0, 0, 8, 8);
    set32(&b, HEADER + RECORD + 8 + 8, 3000000000);
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_FORMAT);
    assert_contains(out.files[0].damage.text, "/capture: packet 2 at offset 48 claims 3000000000 ");
    forget(&out);
    free(b.data);
}

static void the_bound_can_be_chosen(void **state)
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    put_pcap_packet(&b, 1, 0, 5, 2000, 2000);
    char path[80];
    snprintf(path, sizeof(path), "%s/capture", (const char *)*state);
    write_file(path, b.data, b.size);
    for (size_t bound = 1999; bound <= 2000; bound++) {
        const char *paths[] = {path};
        const struct es_source_options options = {.max_frame_bytes = bound};
        struct es_source *source = es_source_open(paths, 1, &options, NULL);
        assert_non_null(source);
        struct outcome out;
        drain(source, &out);
        assert_int_equal(out.count, bound == 2000);
        assert_int_equal(out.files[0].damage.kind == ES_ERROR_NONE, bound == 2000);
        forget(&out);
    }
    free(b.data);
}

static void a_cut_says_which_packet_where_and_how_much(void **state)
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    put_pcap_packet(&b, 1, 0, 0, 8, 8);
    put_pcap_packet(&b, 2, 0, 0, 20, 20);
    struct outcome out;
    read_bytes(*state, b.data, b.size - 13, &out);
    assert_int_equal(out.count, 1);
    assert_contains(out.files[0].damage.text,
                    "cut off in the middle of packet 2 at offset 48; 13 bytes missing");
    forget(&out);
    free(b.data);
}

static void every_prefix_gives_what_was_whole_and_names_the_cut(void **state)
{
    for (int big = 0; big < 2; big++) {
        struct bytes b = {.big = big};
        put_pcap_header(&b, PCAP_MICRO, 1);
        put_pcap_packet(&b, 1, 0, 1, 10, 10);
        put_pcap_packet(&b, 2, 0, 2, 0, 0);
        put_pcap_packet(&b, 3, 0, 3, 21, 60);
        const size_t ends[] = {HEADER, HEADER + RECORD + 10, HEADER + 2 * RECORD + 10};
        const size_t frames[] = {0, 1, 2};
        read_every_prefix(*state, &b, ends, frames, ES_COUNT(ends));
        free(b.data);
    }
}

static void no_flipped_bit_crashes(void **state)
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_NANO, 1);
    put_pcap_packet(&b, 1, 0, 1, 10, 10);
    put_pcap_packet(&b, 2, 0, 2, 3, 3);
    read_every_flip(*state, &b);
    free(b.data);
}

/* Packets of many lengths over several buffers: each window edge falls somewhere else. */
static void frames_across_the_edges_of_the_buffer_are_whole(void **state)
{
    char path[80];
    snprintf(path, sizeof(path), "%s/long", (const char *)*state);
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    enum { PACKETS = 6000 };
    uint32_t length = 1;
    for (uint32_t i = 0; i < PACKETS; i++) {
        length = (length * 1103515245u + 12345u) % 2500u;
        put_pcap_packet(&b, i, 0, (uint8_t)i, length, length);
        assert_int_equal(fwrite(b.data, 1, b.size, file), b.size);
        b.size = 0;
    }
    assert_int_equal(fclose(file), 0);

    const char *paths[] = {path};
    struct es_source *source = es_source_open(paths, 1, NULL, NULL);
    assert_non_null(source);
    struct es_frame frame;
    length = 1;
    for (uint32_t i = 0; i < PACKETS; i++) {
        length = (length * 1103515245u + 12345u) % 2500u;
        assert_int_equal(es_source_next(source, &frame), ES_STEP_FRAME);
        assert_int_equal(frame.held, length);
        assert_int_equal(frame.ref.time, i * ES_SECOND);
        for (size_t k = 0; k < length; k++) {
            if (frame.bytes[k] != (uint8_t)(i + k))
                fail_msg("byte %zu of packet %u is wrong", k, (unsigned)i + 1);
        }
    }
    assert_int_equal(es_source_next(source, &frame), ES_STEP_END);
    assert_int_equal(es_source_file(source, 0)->damage.kind, ES_ERROR_NONE);
    es_source_free(source);
    free(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_orders_and_resolutions_give_the_same_frames),
        cmocka_unit_test(nanoseconds_are_kept),
        cmocka_unit_test(a_file_without_packets_is_sound),
        cmocka_unit_test(the_upper_bits_of_the_link_type_are_masked),
        cmocka_unit_test(more_held_than_the_wire_had_is_tolerated),
        cmocka_unit_test(a_length_over_the_bound_is_damage_where_it_stands),
        cmocka_unit_test(the_bound_can_be_chosen),
        cmocka_unit_test(a_cut_says_which_packet_where_and_how_much),
        cmocka_unit_test(every_prefix_gives_what_was_whole_and_names_the_cut),
        cmocka_unit_test(no_flipped_bit_crashes),
        cmocka_unit_test(frames_across_the_edges_of_the_buffer_are_whole),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
