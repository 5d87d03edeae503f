/*
 * Notify payloads.
 */
#include "edge.h"
#include "ike_wire.h"
#include "mutate.h"
#include "unit.h"

static enum es_fault parse(struct es_cursor input, uint8_t major)
{
    struct es_ike_notify notify;
    if (es_ike_notify_parse(input, major, &notify))
        return ES_FAULT_NONE;
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

/* With an SPI of four bytes and two bytes of data. */
static struct wire notify_build(uint8_t major)
{
    struct wire wire = {0};
    if (major == 1)
        wire_u32(&wire, 1);
    wire_u8(&wire, ES_IKE_PROTOCOL_ESP);
    wire_u8(&wire, 4);
    wire_u16(&wire, ES_IKE_NOTIFY_INVALID_SPI);
    wire_u32(&wire, 0xc0ffee01);
    wire_u16(&wire, 0xabcd);
    return wire;
}

static void protocol_type_spi_and_data_are_read(void **state)
{
    (void)state;
    for (uint8_t major = 1; major <= 2; major++) {
        const struct wire wire = notify_build(major);
        struct es_ike_notify notify;
        assert_true(es_ike_notify_parse(
            es_cursor(edge_place(wire.bytes, wire.length), wire.length, wire.length), major,
            &notify));
        assert_int_equal(notify.protocol, ES_IKE_PROTOCOL_ESP);
        assert_int_equal(notify.type, ES_IKE_NOTIFY_INVALID_SPI);
        assert_int_equal(es_u32(&notify.spi), 0xc0ffee01);
        assert_int_equal(es_left(&notify.data), 2);
        assert_int_equal(es_u16(&notify.data), 0xabcd);
    }
}

static void every_prefix_of_the_fixed_part_is_cut_or_short(void **state)
{
    (void)state;
    struct wire wire = notify_build(1);
    mutate_prefixes(wire.bytes, 8, parse_ikev1);
    wire = notify_build(2);
    mutate_prefixes(wire.bytes, 4, parse_ikev2);
}

static void any_flip_is_survived(void **state)
{
    (void)state;
    struct wire wire = notify_build(1);
    mutate_bytes(wire.bytes, wire.length, parse_ikev1);
    wire = notify_build(2);
    mutate_bytes(wire.bytes, wire.length, parse_ikev2);
}

static void an_spi_size_beyond_the_payload_is_refused(void **state)
{
    (void)state;
    struct wire wire = notify_build(2);
    wire.bytes[1] = 7;
    assert_int_equal(parse_ikev2(es_cursor(wire.bytes, wire.length, wire.length)), ES_FAULT_SHORT);
}

static void cut_data_is_no_fault_and_says_what_is_missing(void **state)
{
    (void)state;
    const struct wire wire = notify_build(2);
    struct es_ike_notify notify;
    assert_true(
        es_ike_notify_parse(es_cursor(edge_place(wire.bytes, 9), 9, wire.length), 2, &notify));
    assert_int_equal(es_left(&notify.data), 1);
    assert_int_equal(notify.data.missing, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocol_type_spi_and_data_are_read),
        cmocka_unit_test(every_prefix_of_the_fixed_part_is_cut_or_short),
        cmocka_unit_test(any_flip_is_survived),
        cmocka_unit_test(an_spi_size_beyond_the_payload_is_refused),
        cmocka_unit_test(cut_data_is_no_fault_and_says_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
