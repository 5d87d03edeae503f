/*
 * pcapng files: blocks, sections and packets (pcapng_packet.c too).
 */
#include "bytes.h"

static const es_time NOON = 1700000000000000000;

static void both_orders_give_the_same_frames(void **state)
{
    for (int big = 0; big < 2; big++) {
        struct bytes b = {.big = big};
        put_section(&b);
        put_interface(&b, 1, 0, 6, 0, "eth0");
        put_enhanced(&b, 0, (uint64_t)NOON / 1000 + 5, 7, 41, 41);
        put_enhanced(&b, 0, (uint64_t)NOON / 1000 + 6, 9, 10, 1400);
        struct outcome out;
        read_bytes(*state, b.data, b.size, &out);
        assert_int_equal(out.count, 2);
        assert_pattern(&out.frames[0], 7, 41, 41);
        assert_pattern(&out.frames[1], 9, 10, 1400);
        assert_int_equal(out.frames[0].frame.ref.number, 1);
        assert_int_equal(out.frames[1].frame.ref.number, 2);
        assert_int_equal(out.frames[0].frame.ref.time, NOON + 5000);
        assert_string_equal(out.frames[0].interface_name, "eth0");
        assert_int_equal(out.files[0].cut_short, 1);
        assert_int_equal(out.files[0].damage.kind, ES_ERROR_NONE);
        forget(&out);
        free(b.data);
    }
}

static void interfaces_differ_in_link_type_resolution_and_offset(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    put_interface(&b, 1, 65535, 6, 0, "a");
    put_interface(&b, 101, 96, 9, -3600, NULL);
    put_interface(&b, 276, 0, 0x80 | 10, 1700000000, "c");
    put_enhanced(&b, 2, 1536, 1, 4, 4); /* 1.5 s after the offset */
    put_enhanced(&b, 0, 1000001, 2, 4, 4);
    put_enhanced(&b, 1, 3600000000123, 3, 4, 4);
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 3);
    assert_int_equal(out.frames[0].frame.interface, 2);
    assert_int_equal(out.frames[0].frame.link_type, 276);
    assert_int_equal(out.frames[0].frame.ref.time, NOON + 1500000000);
    assert_string_equal(out.frames[0].interface_name, "c");
    assert_int_equal(out.frames[1].frame.link_type, 1);
    assert_int_equal(out.frames[1].frame.ref.time, 1000001000);
    assert_int_equal(out.frames[2].frame.link_type, 101);
    assert_int_equal(out.frames[2].frame.ref.time, 123);
    assert_string_equal(out.frames[2].interface_name, "");
    assert_int_equal(out.link_type_count, 3);
    assert_int_equal(out.link_types[0], 276);
    forget(&out);
    free(b.data);
}

static void sections_restart_interfaces_and_may_change_byte_order(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    put_interface(&b, 1, 0, 6, 0, "first");
    put_interface(&b, 1, 0, 6, 0, "second");
    put_enhanced(&b, 1, 1, 1, 4, 4);
    b.big = true;
    put_section(&b);
    put_interface(&b, 101, 0, 9, 0, "third");
    put_enhanced(&b, 0, 2, 2, 4, 4);
    put_enhanced(&b, 1, 3, 3, 4, 4);
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 2);
    assert_string_equal(out.frames[0].interface_name, "second");
    assert_int_equal(out.frames[1].frame.ref.number, 2);
    assert_int_equal(out.frames[1].frame.link_type, 101);
    assert_int_equal(out.frames[1].frame.ref.time, 2);
    assert_string_equal(out.frames[1].interface_name, "third");
    assert_int_equal(out.files[0].unreadable, 1);
    assert_contains(out.files[0].damage.text, "packet 3 at offset ");
    assert_contains(out.files[0].damage.text, "interface 1");
    forget(&out);
    free(b.data);
}

static void the_direction_comes_from_the_flags(void **state)
{
    static const enum es_direction expected[] = {ES_DIRECTION_UNKNOWN, ES_DIRECTION_IN,
                                                 ES_DIRECTION_OUT, ES_DIRECTION_UNKNOWN};
    struct bytes b = {0};
    put_section(&b);
    put_interface(&b, 1, 0, 6, 0, NULL);
    for (uint32_t flags = 0; flags < 4; flags++) {
        const size_t block = put_block(&b, 6);
        put32(&b, 0);
        put64(&b, 0);
        put32(&b, 5);
        put32(&b, 5);
        put_pattern(&b, 1, 5);
        put_zeros(&b, 3);
        put_option(&b, 1, "a comment", 9);
        put16(&b, 2);
        put16(&b, 4);
        put32(&b, flags | 0x1c);
        put_option_end(&b);
        put_block_end(&b, block);
    }
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(out.frames[i].frame.direction, expected[i]);
        assert_pattern(&out.frames[i], 1, 5, 5);
    }
    forget(&out);
    free(b.data);
}

static void simple_packets_have_no_time_of_their_own(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    put_interface(&b, 1, 8, 6, 0, NULL);
    put_enhanced(&b, 0, 77, 1, 4, 4);
    for (uint32_t wire = 5; wire <= 30; wire += 25) {
        const size_t block = put_block(&b, 3);
        put32(&b, wire);
        put_pattern(&b, 9, wire < 8 ? wire : 8);
        put_block_end(&b, block);
    }
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 3);
    assert_true(out.frames[0].frame.timed);
    assert_false(out.frames[1].frame.timed);
    assert_int_equal(out.frames[1].frame.ref.time, 77000);
    assert_pattern(&out.frames[1], 9, 5, 5);
    assert_pattern(&out.frames[2], 9, 8, 30); /* cut by the interface's snaplen */
    assert_int_equal(out.frames[2].frame.ref.number, 3);
    forget(&out);
    free(b.data);
}

static void obsolete_packets_are_read_with_their_drops(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    put_interface(&b, 1, 0, 6, 0, NULL);
    put_interface(&b, 101, 0, 6, 0, NULL);
    for (uint16_t i = 0; i < 3; i++) {
        const size_t block = put_block(&b, 2);
        put16(&b, 1);
        put16(&b, i == 2 ? 0xffff : 3u);
        put32(&b, 0);
        put32(&b, 1000u + i);
        put32(&b, 4);
        put32(&b, 60);
        put_pattern(&b, (uint8_t)i, 4);
        put16(&b, 2);
        put16(&b, 4);
        put32(&b, 1);
        put_option_end(&b);
        put_block_end(&b, block);
    }
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 3);
    assert_pattern(&out.frames[2], 2, 4, 60);
    assert_int_equal(out.frames[2].frame.link_type, 101);
    assert_int_equal(out.frames[2].frame.ref.time, 1002000);
    assert_int_equal(out.frames[2].frame.direction, ES_DIRECTION_IN);
    assert_int_equal(out.files[0].drops, 6);
    forget(&out);
    free(b.data);
}

static void put_statistics(struct bytes *b, uint32_t interface, uint64_t by_interface,
                           uint64_t by_system)
{
    const size_t block = put_block(b, 5);
    put32(b, interface);
    put64(b, 0);
    put_option64(b, 4, 1000);
    put_option64(b, 5, by_interface);
    put_option64(b, 7, by_system);
    put_option_end(b);
    put_block_end(b, block);
}

static void the_latest_drop_counters_of_each_interface_are_summed(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    put_interface(&b, 1, 0, 6, 0, NULL);
    put_interface(&b, 1, 0, 6, 0, NULL);
    put_statistics(&b, 0, 1, 2);
    put_statistics(&b, 1, 10, 0);
    put_statistics(&b, 0, 4, 3);
    put_statistics(&b, 9, 100, 100); /* nobody's */
    const size_t block = put_block(&b, 6);
    put32(&b, 1);
    put64(&b, 0);
    put64(&b, 0);
    put_option64(&b, 4, 12); /* epb_dropcount says more than the statistics of interface 1 */
    put_option_end(&b);
    put_block_end(&b, block);
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.files[0].drops, 7 + 12);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_NONE);
    forget(&out);
    free(b.data);
}

static void unknown_blocks_of_any_size_are_skipped(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    put_interface(&b, 1, 0, 6, 0, NULL);
    size_t block = put_block(&b, 0x0000000a); /* secrets */
    put_pattern(&b, 0, 33);
    put_block_end(&b, block);
    put_enhanced(&b, 0, 1, 1, 4, 4);
    block = put_block(&b, 0x80001234); /* local use, larger than any buffer */
    uint8_t *large = calloc(1, 5 << 20);
    put(&b, large, 5 << 20);
    free(large);
    put_block_end(&b, block);
    put_enhanced(&b, 0, 2, 2, 4, 4);
    block = put_block(&b, 0x0bad); /* empty */
    put_block_end(&b, block);
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 2);
    assert_pattern(&out.frames[1], 2, 4, 4);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_NONE);
    forget(&out);

    read_bytes(*state, b.data, b.size - 60, &out);
    assert_int_equal(out.count, 1);
    assert_contains(out.files[0].damage.text, "cut off in the middle of block 5 at offset ");
    assert_contains(out.files[0].damage.text, "12 bytes missing");
    forget(&out);
    free(b.data);
}

/* Reads a file whose middle packet block was changed at `at` to `value`. */
static void read_changed(const char *folder, size_t at, uint32_t value, struct outcome *out)
{
    struct bytes b = {0};
    put_section(&b);
    put_interface(&b, 1, 0, 6, 0, NULL);
    put_enhanced(&b, 0, 1, 1, 4, 4);
    const size_t block = b.size;
    put_enhanced(&b, 0, 2, 2, 8, 8);
    put_enhanced(&b, 0, 3, 3, 4, 4);
    set32(&b, block + at, value);
    read_bytes(folder, b.data, b.size, out);
    free(b.data);
}

static void a_packet_wrong_inside_a_sound_block_costs_only_itself(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        const char *says;
    } cases[] = {
        {8,  7,         "interface 7"                          },
        {20, 9,         "claims 9 bytes where its block has 8" },
        {20, 0xfffffff, "claims 268435455 bytes, more than the"},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct outcome out;
        read_changed(*state, cases[i].at, cases[i].value, &out);
        assert_int_equal(out.count, 2);
        assert_int_equal(out.frames[1].frame.ref.number, 3);
        assert_int_equal(out.files[0].packets, 2);
        assert_int_equal(out.files[0].unreadable, 1);
        assert_int_equal(out.files[0].damage.kind, ES_ERROR_FORMAT);
        assert_contains(out.files[0].damage.text, "packet 2 at offset 88 ");
        assert_contains(out.files[0].damage.text, cases[i].says);
        forget(&out);
    }
}

static void lengths_that_disagree_end_the_file_with_the_block_named(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        const char *says;
    } cases[] = {
        {4,  43,         "block 4 at offset 88 claims 43 bytes, expected a multiple of 4"     },
        {4,  8,          "block 4 at offset 88 claims 8 bytes, expected a multiple of 4"      },
        {4,  0xfffffff0, "block 4 at offset 88 claims 4294967280 bytes, expected less"        },
        {36, 44,         "block 4 at offset 88 claims 40 bytes at its start and 44 at its end"},
        {4,  400,        "cut off in the middle of packet 2 at offset 88; 324 bytes missing"  },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct outcome out;
        read_changed(*state, cases[i].at, cases[i].value, &out);
        assert_int_equal(out.count, 1);
        assert_int_equal(out.files[0].damage.kind, ES_ERROR_FORMAT);
        assert_contains(out.files[0].damage.text, cases[i].says);
        forget(&out);
    }
}

static void a_section_of_unknown_order_or_version_is_refused(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    put_interface(&b, 1, 0, 6, 0, NULL);
    struct outcome out;
    b.data[8] ^= 1;
    read_bytes(*state, b.data, b.size, &out);
    assert_contains(out.files[0].damage.text, "byte order mark of a pcapng section at offset 8");
    forget(&out);
    b.data[8] ^= 1;
    b.data[12] = 2;
    read_bytes(*state, b.data, b.size, &out);
    assert_contains(out.files[0].damage.text, "found version 2");
    forget(&out);
    free(b.data);
}

static void a_packet_before_any_interface_is_left_out(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    const size_t block = put_block(&b, 3);
    put32(&b, 4);
    put_pattern(&b, 1, 4);
    put_block_end(&b, block);
    put_interface(&b, 1, 0, 6, 0, NULL);
    put_enhanced(&b, 0, 3, 3, 4, 4);
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(out.files[0].unreadable, 1);
    forget(&out);
    free(b.data);
}

static void too_many_interfaces_are_damage(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    const size_t start = b.size;
    put_interface(&b, 1, 0, 6, 0, NULL);
    struct bytes all = {0};
    put(&all, b.data, b.size);
    for (size_t i = 0; i < 65536; i++)
        put(&all, b.data + start, b.size - start);
    struct outcome out;
    read_bytes(*state, all.data, all.size, &out);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_MEMORY);
    assert_contains(out.files[0].damage.text, "65536");
    forget(&out);
    free(all.data);
    free(b.data);
}

/* A small file with every kind of block, the sizes at which it is whole, and the frames then. */
static void put_all_kinds(struct bytes *b, size_t ends[8], size_t frames[8])
{
    size_t n = 0;
    put_section(b);
    ends[n] = b->size, frames[n++] = 0;
    put_interface(b, 1, 0, 9, 1, "if");
    ends[n] = b->size, frames[n++] = 0;
    put_enhanced(b, 0, 5, 1, 5, 5);
    ends[n] = b->size, frames[n++] = 1;
    size_t block = put_block(b, 3);
    put32(b, 6);
    put_pattern(b, 2, 6);
    put_block_end(b, block);
    ends[n] = b->size, frames[n++] = 2;
    put_statistics(b, 0, 1, 1);
    ends[n] = b->size, frames[n++] = 2;
    block = put_block(b, 0x0bad);
    put_pattern(b, 0, 7);
    put_block_end(b, block);
    ends[n] = b->size, frames[n++] = 2;
    block = put_block(b, 2);
    put32(b, 0);
    put64(b, 0);
    put32(b, 3);
    put32(b, 3);
    put_pattern(b, 3, 3);
    put_block_end(b, block);
    ends[n] = b->size, frames[n++] = 3;
    put_section(b);
    ends[n] = b->size, frames[n++] = 3;
    put_interface(b, 101, 0, 6, 0, NULL);
}

static void every_prefix_gives_what_was_whole_and_names_the_cut(void **state)
{
    for (int big = 0; big < 2; big++) {
        struct bytes b = {.big = big};
        size_t ends[8], frames[8];
        put_all_kinds(&b, ends, frames);
        read_every_prefix(*state, &b, ends, frames, ES_COUNT(ends));
        free(b.data);
    }
}

static void no_flipped_bit_crashes(void **state)
{
    struct bytes b = {0};
    size_t ends[8], frames[8];
    put_all_kinds(&b, ends, frames);
    read_every_flip(*state, &b);
    free(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_orders_give_the_same_frames),
        cmocka_unit_test(interfaces_differ_in_link_type_resolution_and_offset),
        cmocka_unit_test(sections_restart_interfaces_and_may_change_byte_order),
        cmocka_unit_test(the_direction_comes_from_the_flags),
        cmocka_unit_test(simple_packets_have_no_time_of_their_own),
        cmocka_unit_test(obsolete_packets_are_read_with_their_drops),
        cmocka_unit_test(the_latest_drop_counters_of_each_interface_are_summed),
        cmocka_unit_test(unknown_blocks_of_any_size_are_skipped),
        cmocka_unit_test(a_packet_wrong_inside_a_sound_block_costs_only_itself),
        cmocka_unit_test(lengths_that_disagree_end_the_file_with_the_block_named),
        cmocka_unit_test(a_section_of_unknown_order_or_version_is_refused),
        cmocka_unit_test(a_packet_before_any_interface_is_left_out),
        cmocka_unit_test(too_many_interfaces_are_damage),
        cmocka_unit_test(every_prefix_gives_what_was_whole_and_names_the_cut),
        cmocka_unit_test(no_flipped_bit_crashes),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
