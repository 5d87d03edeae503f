/*
 * Key exchange payloads.
 */
#include "edge.h"
#include "ike_wire.h"
#include "mutate.h"
#include "unit.h"

static enum es_fault parse(struct es_cursor input)
{
    struct es_ike_key_exchange exchange;
    if (es_ike_key_exchange_parse(input, 2, &exchange))
        return ES_FAULT_NONE;
    return input.missing ? ES_FAULT_CUT : ES_FAULT_SHORT;
}

static struct wire exchange_build(void)
{
    struct wire wire = {0};
    wire_u16(&wire, ES_IKE_KE_METHOD_ECP_256);
    wire_u16(&wire, 0);
    wire_fill(&wire, 0x42, 64);
    return wire;
}

static void ikev2_names_its_method(void **state)
{
    (void)state;
    const struct wire wire = exchange_build();
    struct es_ike_key_exchange exchange;
    assert_true(es_ike_key_exchange_parse(
        es_cursor(edge_place(wire.bytes, wire.length), wire.length, wire.length), 2, &exchange));
    assert_int_equal(exchange.method, ES_IKE_KE_METHOD_ECP_256);
    assert_int_equal(es_left(&exchange.data), 64);
    assert_int_equal(*exchange.data.at, 0x42);
}

static void ikev1_has_data_only(void **state)
{
    (void)state;
    const struct wire wire = exchange_build();
    struct es_ike_key_exchange exchange;
    assert_true(
        es_ike_key_exchange_parse(es_cursor(wire.bytes, wire.length, wire.length), 1, &exchange));
    assert_int_equal(exchange.method, 0);
    assert_int_equal(es_left(&exchange.data), 68);
}

static void every_prefix_of_the_fixed_part_is_cut_or_short(void **state)
{
    (void)state;
    const struct wire wire = exchange_build();
    mutate_prefixes(wire.bytes, 4, parse);
}

static void any_flip_is_survived(void **state)
{
    (void)state;
    const struct wire wire = exchange_build();
    mutate_bytes(wire.bytes, wire.length, parse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ikev2_names_its_method),
        cmocka_unit_test(ikev1_has_data_only),
        cmocka_unit_test(every_prefix_of_the_fixed_part_is_cut_or_short),
        cmocka_unit_test(any_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
