/*
 * ESP headers.
 */
#include "edge.h"
#include "mutate.h"
#include "unit.h"
#include "wire.h"

#include "espial/esp.h"

static enum es_fault parse(struct es_cursor input)
{
    struct es_esp_packet packet;
    const bool sound = es_esp_parse(&input, &packet);
    assert_int_equal(sound, input.fault == ES_FAULT_NONE);
    return input.fault;
}

static struct wire packet_build(void)
{
    struct wire wire = {0};
    wire_u32(&wire, 0xc0ffee01);
    wire_u32(&wire, 7);
    return wire;
}

static void spi_sequence_and_wire_length_are_read(void **state)
{
    (void)state;
    struct wire wire = packet_build();
    wire_fill(&wire, 0x5a, 40);
    struct es_esp_packet packet;
    struct es_cursor input = es_cursor(edge_place(wire.bytes, 20), 20, wire.length);
    assert_true(es_esp_parse(&input, &packet));
    assert_int_equal(packet.spi, 0xc0ffee01);
    assert_int_equal(packet.sequence, 7);
    assert_int_equal(packet.length, 48);
    assert_int_equal(es_wire_left(&input), 40);
}

static void every_prefix_is_cut_or_short(void **state)
{
    (void)state;
    const struct wire wire = packet_build();
    mutate_prefixes(wire.bytes, wire.length, parse);
}

static void any_flip_is_survived(void **state)
{
    (void)state;
    const struct wire wire = packet_build();
    mutate_bytes(wire.bytes, wire.length, parse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spi_sequence_and_wire_length_are_read),
        cmocka_unit_test(every_prefix_is_cut_or_short),
        cmocka_unit_test(any_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
