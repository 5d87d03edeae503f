/*
 * The cursor: one bounds check, sticky faults, and whose fault it was.
 */
#include "edge.h"
#include "unit.h"

#include "espial/base.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

static void numbers_are_big_endian(void **state)
{
    (void)state;
    struct es_cursor c = es_cursor(bytes, sizeof(bytes), sizeof(bytes));
    assert_int_equal(es_u8(&c), 0x01);
    assert_int_equal(es_u16(&c), 0x0203);
    assert_int_equal(es_u32(&c), 0x04050607);
    assert_int_equal(es_offset(&c), 7);
    assert_int_equal(es_left(&c), 3);
    assert_true(es_more(&c));
    c = es_cursor(bytes, sizeof(bytes), sizeof(bytes));
    assert_true(es_u64(&c) == UINT64_C(0x0102030405060708));
}

static void reading_to_the_last_byte_is_allowed_and_one_more_is_not(void **state)
{
    (void)state;
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        struct es_cursor c = es_cursor(edge_place(bytes, size), size, size);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(es_u8(&c), bytes[i]);
        assert_int_equal(c.fault, ES_FAULT_NONE);
        assert_false(es_more(&c));
        assert_int_equal(es_u8(&c), 0);
        assert_int_equal(c.fault, ES_FAULT_SHORT);
    }
}

static void bytes_that_only_the_wire_had_are_cut(void **state)
{
    (void)state;
    struct es_cursor c = es_cursor(bytes, 3, 10);
    assert_int_equal(es_wire_left(&c), 10);
    assert_int_equal(es_u32(&c), 0);
    assert_int_equal(c.fault, ES_FAULT_CUT);
    c = es_cursor(bytes, 3, 10);
    assert_null(es_take(&c, 11));
    assert_int_equal(c.fault, ES_FAULT_SHORT);
}

static void held_bytes_beyond_the_wire_are_not_seen(void **state)
{
    (void)state;
    const struct es_cursor c = es_cursor(bytes, 10, 4);
    assert_int_equal(es_left(&c), 4);
    assert_int_equal(c.missing, 0);
}

static void the_first_fault_stays_and_every_read_is_zero(void **state)
{
    (void)state;
    struct es_cursor c = es_cursor(bytes, sizeof(bytes), sizeof(bytes));
    es_u16(&c);
    assert_false(es_refuse(&c, ES_FAULT_VALUE));
    assert_false(es_refuse(&c, ES_FAULT_SHORT));
    assert_int_equal(c.fault, ES_FAULT_VALUE);
    assert_int_equal(es_offset(&c), 2);
    assert_int_equal(es_u8(&c), 0);
    assert_true(es_u64(&c) == 0);
    assert_int_equal(es_left(&c), 0);
    assert_int_equal(es_wire_left(&c), 0);
    assert_false(es_more(&c));
    assert_int_equal(c.fault, ES_FAULT_VALUE);
}

static void half_a_number_of_64_bits_is_nothing(void **state)
{
    (void)state;
    struct es_cursor c = es_cursor(bytes, 6, 6);
    assert_true(es_u64(&c) == 0);
    assert_int_equal(c.fault, ES_FAULT_SHORT);
}

static void a_window_cannot_see_its_neighbour(void **state)
{
    (void)state;
    struct es_cursor c = es_cursor(bytes, sizeof(bytes), sizeof(bytes));
    es_u8(&c);
    struct es_cursor child = es_sub(&c, 3);
    assert_int_equal(es_offset(&child), 0);
    assert_int_equal(es_left(&child), 3);
    assert_int_equal(es_u8(&c), 5);
    assert_int_equal(es_u32(&child), 0);
    assert_int_equal(child.fault, ES_FAULT_SHORT);
    assert_int_equal(c.fault, ES_FAULT_NONE);
}

static void what_was_not_captured_goes_into_the_window_it_belongs_to(void **state)
{
    (void)state;
    struct es_cursor c = es_cursor(bytes, 4, 10);
    struct es_cursor first = es_sub(&c, 6);
    assert_int_equal(es_left(&first), 4);
    assert_int_equal(first.missing, 2);
    assert_int_equal(es_wire_left(&c), 4);
    assert_int_equal(es_left(&c), 0);
    es_u64(&first);
    assert_int_equal(first.fault, ES_FAULT_SHORT);
    struct es_cursor second = es_sub(&c, 4);
    assert_int_equal(second.missing, 4);
    assert_int_equal(es_u8(&second), 0);
    assert_int_equal(second.fault, ES_FAULT_CUT);
    assert_int_equal(es_wire_left(&c), 0);
}

static void a_window_larger_than_what_is_left_is_short_in_both(void **state)
{
    (void)state;
    struct es_cursor c = es_cursor(bytes, 4, 10);
    const struct es_cursor child = es_sub(&c, 11);
    assert_int_equal(c.fault, ES_FAULT_SHORT);
    assert_int_equal(child.fault, ES_FAULT_SHORT);
    assert_int_equal(es_wire_left(&child), 0);
}

static void skipping_counts_wire_bytes(void **state)
{
    (void)state;
    struct es_cursor c = es_cursor(bytes, 4, 10);
    assert_true(es_skip(&c, 10));
    assert_false(es_more(&c));
    assert_false(es_skip(&c, 1));
    assert_int_equal(c.fault, ES_FAULT_SHORT);
}

static void huge_lengths_do_not_wrap(void **state)
{
    (void)state;
    struct es_cursor c = es_cursor(bytes, 4, 10);
    assert_null(es_take(&c, SIZE_MAX));
    assert_int_equal(c.fault, ES_FAULT_SHORT);
    c = es_cursor(bytes, 4, 10);
    es_sub(&c, SIZE_MAX);
    assert_int_equal(c.fault, ES_FAULT_SHORT);
}

static void nothing_at_all_can_be_walked(void **state)
{
    (void)state;
    struct es_cursor c = es_cursor(NULL, 0, 0);
    assert_false(es_more(&c));
    struct es_cursor child = es_sub(&c, 0);
    assert_int_equal(child.fault, ES_FAULT_NONE);
    es_take(&c, 0);
    assert_int_equal(c.fault, ES_FAULT_NONE);
    assert_int_equal(es_u8(&child), 0);
    assert_int_equal(child.fault, ES_FAULT_SHORT);
    c = es_cursor(NULL, 0, 5);
    assert_int_equal(es_u8(&c), 0);
    assert_int_equal(c.fault, ES_FAULT_CUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_big_endian),
        cmocka_unit_test(reading_to_the_last_byte_is_allowed_and_one_more_is_not),
        cmocka_unit_test(bytes_that_only_the_wire_had_are_cut),
        cmocka_unit_test(held_bytes_beyond_the_wire_are_not_seen),
        cmocka_unit_test(the_first_fault_stays_and_every_read_is_zero),
        cmocka_unit_test(half_a_number_of_64_bits_is_nothing),
        cmocka_unit_test(a_window_cannot_see_its_neighbour),
        cmocka_unit_test(what_was_not_captured_goes_into_the_window_it_belongs_to),
        cmocka_unit_test(a_window_larger_than_what_is_left_is_short_in_both),
        cmocka_unit_test(skipping_counts_wire_bytes),
        cmocka_unit_test(huge_lengths_do_not_wrap),
        cmocka_unit_test(nothing_at_all_can_be_walked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
