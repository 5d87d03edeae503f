/*
 * Delete payloads.
 */
#include "edge.h"
#include "ike_wire.h"
#include "mutate.h"
#include "unit.h"

static enum es_fault parse(struct es_cursor input, uint8_t major)
{
    struct es_ike_delete deleted;
    if (es_ike_delete_parse(input, major, &deleted)) {
        assert_int_equal(es_wire_left(&deleted.spis), deleted.count * deleted.spi_size);
        return ES_FAULT_NONE;
    }
    return input.missing ? ES_FAULT_CUT : ES_FAULT_SHORT;
}

static enum es_fault parse_ikev1(struct es_cursor input)
{
    return parse(input, 1);
}

static enum es_fault parse_ikev2(struct es_cursor input)
{
    return parse(input, 2);
}

static struct wire delete_build(uint8_t major, uint8_t spi_size, uint16_t count)
{
    struct wire wire = {0};
    if (major == 1)
        wire_u32(&wire, 1);
    wire_u8(&wire, spi_size == 4 ? ES_IKE_PROTOCOL_ESP : ES_IKE_PROTOCOL_IKE);
    wire_u8(&wire, spi_size);
    wire_u16(&wire, count);
    wire_fill(&wire, 0xd1, (size_t)spi_size * count);
    return wire;
}

static void spis_are_read(void **state)
{
    (void)state;
    static const struct {
        uint8_t major, spi_size;
        uint16_t count;
    } cases[] = {
        {2, 0,  0},
        {2, 4,  1},
        {2, 4,  3},
        {1, 4,  1},
        {1, 16, 1},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        const struct wire wire = delete_build(cases[i].major, cases[i].spi_size, cases[i].count);
        struct es_ike_delete deleted;
        assert_true(es_ike_delete_parse(
            es_cursor(edge_place(wire.bytes, wire.length), wire.length, wire.length),
            cases[i].major, &deleted));
        assert_int_equal(deleted.spi_size, cases[i].spi_size);
        assert_int_equal(deleted.count, cases[i].count);
        assert_int_equal(es_left(&deleted.spis), cases[i].spi_size * cases[i].count);
    }
}

static void every_prefix_of_the_fixed_part_is_cut_or_short(void **state)
{
    (void)state;
    struct wire wire = delete_build(1, 4, 2);
    mutate_prefixes(wire.bytes, 8, parse_ikev1);
    wire = delete_build(2, 4, 2);
    mutate_prefixes(wire.bytes, 4, parse_ikev2);
}

static void any_flip_is_survived(void **state)
{
    (void)state;
    struct wire wire = delete_build(1, 16, 1);
    mutate_bytes(wire.bytes, wire.length, parse_ikev1);
    wire = delete_build(2, 4, 2);
    mutate_bytes(wire.bytes, wire.length, parse_ikev2);
}

static void a_count_that_disagrees_is_refused(void **state)
{
    (void)state;
    for (uint16_t claimed = 0; claimed < 5; claimed++) {
        struct wire wire = delete_build(2, 4, 2);
        wire_patch_u16(&wire, 2, claimed);
        const struct es_cursor input = es_cursor(wire.bytes, wire.length, wire.length);
        struct es_ike_delete deleted;
        assert_int_equal(es_ike_delete_parse(input, 2, &deleted), claimed == 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spis_are_read),
        cmocka_unit_test(every_prefix_of_the_fixed_part_is_cut_or_short),
        cmocka_unit_test(any_flip_is_survived),
        cmocka_unit_test(a_count_that_disagrees_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
