/*
 * AH headers.
 */
#include "edge.h"
#include "mutate.h"
#include "unit.h"
#include "wire.h"

#include "espial/esp.h"

enum { ICV = 12, LENGTH_OFFSET = 1 };

static struct wire packet_build(uint8_t words)
{
    struct wire wire = {0};
    wire_u8(&wire, 4); /* IP in IP */
    wire_u8(&wire, words);
    wire_u16(&wire, 0);
    wire_u32(&wire, 0x1234);
    wire_u32(&wire, 99);
    wire_fill(&wire, 0xa5, ICV);
    return wire;
}

static enum es_fault parse(struct es_cursor input)
{
    struct es_esp_packet packet;
    const bool sound = es_ah_parse(&input, &packet);
    assert_int_equal(sound, input.fault == ES_FAULT_NONE);
    return input.fault;
}

static void the_header_is_read(void **state)
{
    (void)state;
    struct wire wire = packet_build(4); /* 24 bytes are 6 words, less 2 */
    wire_fill(&wire, 0, 20);
    struct es_esp_packet packet;
    struct es_cursor input =
        es_cursor(edge_place(wire.bytes, wire.length), wire.length, wire.length);
    assert_true(es_ah_parse(&input, &packet));
    assert_int_equal(packet.next_header, 4);
    assert_int_equal(packet.spi, 0x1234);
    assert_int_equal(packet.sequence, 99);
    assert_int_equal(packet.length, 44);
}

static void every_prefix_of_the_fixed_part_is_cut_or_short(void **state)
{
    (void)state;
    const struct wire wire = packet_build(1);
    mutate_prefixes(wire.bytes, wire.length - ICV, parse);
}

static void a_cut_icv_is_no_fault_but_a_missing_one_is(void **state)
{
    (void)state;
    const struct wire wire = packet_build(4);
    for (size_t held = wire.length - ICV; held < wire.length; held++) {
        const uint8_t *bytes = edge_place(wire.bytes, held);
        assert_int_equal(parse(es_cursor(bytes, held, wire.length)), ES_FAULT_NONE);
        struct es_cursor lacking = es_cursor(bytes, held, held);
        struct es_esp_packet packet;
        assert_false(es_ah_parse(&lacking, &packet));
        assert_int_equal(lacking.fault, ES_FAULT_SHORT);
        assert_int_equal(es_offset(&lacking), LENGTH_OFFSET);
    }
}

static void a_length_below_the_header_is_refused(void **state)
{
    (void)state;
    const struct wire wire = packet_build(0);
    struct es_cursor input = es_cursor(wire.bytes, wire.length, wire.length);
    struct es_esp_packet packet;
    assert_false(es_ah_parse(&input, &packet));
    assert_int_equal(input.fault, ES_FAULT_VALUE);
    assert_int_equal(es_offset(&input), LENGTH_OFFSET);
}

static void any_flip_is_survived(void **state)
{
    (void)state;
    const struct wire wire = packet_build(4);
    mutate_bytes(wire.bytes, wire.length, parse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_read),
        cmocka_unit_test(every_prefix_of_the_fixed_part_is_cut_or_short),
        cmocka_unit_test(a_cut_icv_is_no_fault_but_a_missing_one_is),
        cmocka_unit_test(a_length_below_the_header_is_refused),
        cmocka_unit_test(any_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
