/*
 * Sequence numbers of a flow. Expected counts are worked out by hand from the numbers fed.
 */
#include "memory.h"
#include "unit.h"

static struct es_sequence s;
static struct es_disorder disorder;

static void start(uint32_t number)
{
    es_sequence_start(&s, number);
    disorder = (struct es_disorder){0};
    s.disorder = &disorder;
}

static void add(uint32_t number)
{
    es_sequence_add(&s, number);
}

static void add_range(uint32_t from, uint32_t to)
{
    for (uint32_t number = from; number != to; number++)
        add(number);
    add(to);
}

static void assert_counts(uint64_t lost, uint64_t reordered, uint64_t duplicates, uint64_t resets)
{
    assert_int_equal(es_sequence_lost(&s), lost);
    assert_int_equal(disorder.reordered, reordered);
    assert_int_equal(disorder.duplicates, duplicates);
    assert_int_equal(disorder.resets, resets);
}

static void numbers_in_order_lose_nothing(void **state)
{
    (void)state;
    start(1);
    add_range(2, 5000);
    assert_counts(0, 0, 0, 0);
    assert_int_equal(s.first, 1);
    assert_int_equal(s.highest, 5000);
}

static void a_capture_that_begins_late_blames_nobody_for_earlier_numbers(void **state)
{
    (void)state;
    start(70000);
    add_range(70001, 70010);
    assert_counts(0, 0, 0, 0);
    assert_int_equal(s.first, 70000);
}

static void numbers_that_never_come_are_lost(void **state)
{
    (void)state;
    start(1);
    add_range(2, 10);
    add(14);
    add(16);
    assert_counts(4, 0, 0, 0);
    assert_int_equal(s.highest, 16);
}

static void what_may_still_come_is_not_lost_for_good(void **state)
{
    (void)state;
    start(100);
    add_range(105, 110); /* four missing */
    assert_int_equal(es_sequence_lost(&s), 4);
    assert_int_equal(es_sequence_lost_for_good(&s), 0);
    add_range(103, 103);
    add_range(111, 103 + ES_SEQUENCE_WINDOW); /* all but the last of the missing are out */
    assert_int_equal(es_sequence_lost_for_good(&s), 2);
    add_range(104 + ES_SEQUENCE_WINDOW, 400);
    assert_int_equal(es_sequence_lost_for_good(&s), 3);
    assert_int_equal(es_sequence_lost(&s), 3);
}

static void a_late_number_is_reordered_and_not_lost(void **state)
{
    (void)state;
    start(1);
    add(2);
    add(5);
    assert_counts(2, 0, 0, 0);
    add(4);
    add(3);
    assert_counts(0, 2, 0, 0);
    add(6);
    assert_counts(0, 2, 0, 0);
}

static void a_number_before_the_first_one_was_only_late(void **state)
{
    (void)state;
    start(10);
    add(11);
    add(9);
    assert_counts(0, 1, 0, 0);
    add(7);
    assert_counts(1, 2, 0, 0);
    assert_int_equal(s.first, 10);
}

static void a_number_seen_twice_is_a_duplicate(void **state)
{
    (void)state;
    start(1);
    add(1);
    add(2);
    add(3);
    add(2);
    assert_counts(0, 0, 2, 0);
    add(5);
    add(4);
    add(4);
    assert_counts(0, 1, 3, 0);
}

static void the_window_reaches_back_as_far_as_it_says(void **state)
{
    (void)state;
    start(1000);
    add(1000 + ES_SEQUENCE_WINDOW - 1);
    add(1000); /* the oldest in the window */
    assert_counts(ES_SEQUENCE_WINDOW - 2, 0, 1, 0);
    add(1000 + ES_SEQUENCE_WINDOW);
    assert_counts(ES_SEQUENCE_WINDOW - 2, 0, 1, 0);
    add(1001); /* the oldest now, never seen before */
    assert_counts(ES_SEQUENCE_WINDOW - 3, 1, 1, 0);
    add(1001);
    assert_counts(ES_SEQUENCE_WINDOW - 3, 1, 2, 0);
}

static void the_first_number_behind_the_window_is_a_straggler(void **state)
{
    (void)state;
    start(1);
    add_range(2, 743);
    add_range(745, 744 + ES_SEQUENCE_WINDOW);
    assert_counts(1, 0, 0, 0);
    add(744);
    assert_counts(0, 1, 0, 0);
}

static void a_place_of_the_window_is_free_again_after_a_jump(void **state)
{
    (void)state;
    /* All bits of the ring are set, then the window moves by each possible distance. */
    for (uint32_t jump = 2; jump <= ES_SEQUENCE_WINDOW + 2; jump++) {
        start(1);
        add_range(2, 1000);
        add(1000 + jump);
        assert_counts(jump - 1, 0, 0, 0);
        add(1000 + jump - 1);
        assert_counts(jump - 2, 1, 0, 0);
        if (jump > 2 && jump <= ES_SEQUENCE_WINDOW) {
            add(1001);
            assert_counts(jump - 3, 2, 0, 0);
        }
    }
}

static void the_counter_goes_on_past_32_bits(void **state)
{
    (void)state;
    start(UINT32_MAX - 2);
    add(UINT32_MAX - 1);
    add(UINT32_MAX);
    add(0);
    add(1);
    assert_int_equal(s.highest, UINT64_C(1) + (UINT64_C(1) << 32));
    assert_counts(0, 0, 0, 0);
    add(UINT32_MAX); /* late by two, from the counter's lower half */
    assert_counts(0, 0, 1, 0);
}

static void loss_and_reordering_across_the_wrap_are_counted(void **state)
{
    (void)state;
    start(UINT32_MAX - 1);
    add(2);
    assert_counts(3, 0, 0, 0); /* UINT32_MAX, 0 and 1 */
    add(UINT32_MAX);
    add(1);
    assert_counts(1, 2, 0, 0);
}

static void a_counter_that_starts_again_is_a_reset_and_no_loss(void **state)
{
    (void)state;
    start(1);
    add_range(2, 5000);
    add_range(1, 300);
    assert_counts(0, 0, 0, 1);
    assert_int_equal(s.highest, 300);
    add(302);
    assert_counts(1, 0, 0, 1);
}

static void loss_before_a_reset_is_kept(void **state)
{
    (void)state;
    start(1);
    add_range(2, 1000);
    add_range(1011, 3000); /* ten lost */
    add_range(1, 500);
    add_range(503, 2000); /* two lost */
    assert_counts(12, 0, 0, 1);
    add_range(1, 100);
    assert_counts(12, 0, 0, 2);
}

static void a_lone_straggler_is_no_reset(void **state)
{
    (void)state;
    start(1);
    add_range(2, 99);
    add_range(101, 1000);
    assert_counts(1, 0, 0, 0);
    add(100); /* 900 packets late */
    assert_counts(0, 1, 0, 0);
    add_range(1001, 1100);
    assert_counts(0, 1, 0, 0);
    assert_int_equal(s.highest, 1100);
}

static void stragglers_that_do_not_follow_each_other_are_no_reset(void **state)
{
    (void)state;
    start(1);
    add_range(2, 99);
    add_range(101, 199);
    add_range(201, 1000);
    add(100);
    add(200);
    assert_counts(0, 2, 0, 0);
    assert_int_equal(s.highest, 1000);
}

static void two_stragglers_in_a_row_are_no_reset_either(void **state)
{
    (void)state;
    start(1);
    add_range(2, 99);
    add_range(102, 1000);
    add(100);
    add(101);
    add_range(1001, 1010);
    assert_counts(0, 2, 0, 0);
    assert_int_equal(s.highest, 1010);
}

static void late_numbers_are_counted_by_replay_window(void **state)
{
    (void)state;
    start(1);
    add_range(2, 10); /* 11 to 16 come later, by these distances: */
    add_range(17, 42);
    add(11); /* 31 */
    add(43);
    add(12); /* 31 */
    add(44);
    add(45);
    add(13); /* 32 */
    add_range(46, 78);
    add(14); /* 64 */
    add_range(79, 2000);
    add(15); /* 1985 */
    assert_counts(1, 5, 0, 0);
    assert_int_equal(es_sequence_dropped_by(&s, 32), 3);
    assert_int_equal(es_sequence_dropped_by(&s, 64), 2);
    assert_int_equal(es_sequence_dropped_by(&s, 128), 1);
    assert_int_equal(es_sequence_dropped_by(&s, 1024), 1);
    assert_int_equal(disorder.latest, 1985);
}

static void a_counter_that_begins_again_is_not_late(void **state)
{
    (void)state;
    start(1);
    add_range(2, 5000);
    add(4990);
    add_range(1, 300);
    assert_int_equal(disorder.resets, 1);
    assert_int_equal(es_sequence_dropped_by(&s, 32), 0);
    assert_int_equal(disorder.latest, 0);
}

static void each_number_is_told_what_it_is(void **state)
{
    (void)state;
    start(10);
    assert_int_equal(es_sequence_add(&s, 11), ES_ARRIVAL_NEXT);
    assert_int_equal(es_sequence_add(&s, 14), ES_ARRIVAL_GAP);
    assert_int_equal(es_sequence_add(&s, 13), ES_ARRIVAL_LATE);
    assert_int_equal(es_sequence_add(&s, 13), ES_ARRIVAL_TWICE);
    assert_int_equal(es_sequence_add(&s, 1000), ES_ARRIVAL_GAP);
    assert_int_equal(es_sequence_add(&s, 1), ES_ARRIVAL_LATE);
    assert_int_equal(es_sequence_add(&s, 2), ES_ARRIVAL_LATE);
    assert_int_equal(es_sequence_add(&s, 3), ES_ARRIVAL_LATE);
    assert_int_equal(es_sequence_add(&s, 4), ES_ARRIVAL_RESET);
}

static void without_memory_what_is_late_is_not_counted(void **state)
{
    (void)state;
    start(100);
    s.disorder = NULL;
    add_range(102, 110);
    assert_int_equal(es_sequence_add(&s, 101), ES_ARRIVAL_LATE);
    assert_int_equal(es_sequence_add(&s, 110), ES_ARRIVAL_LATE);
    for (uint32_t number = 1; number <= 10; number++)
        assert_int_equal(es_sequence_add(&s, UINT32_C(0x80000000) + 200 + number), ES_ARRIVAL_LATE);
    assert_int_equal(s.highest, 110);
    assert_int_equal(es_sequence_lost(&s), 1);
    assert_int_equal(es_sequence_dropped_by(&s, 32), 0);
    assert_int_equal(es_sequence_disorder(&s)->duplicates, 0);
}

static void only_higher_numbers_are_ahead(void **state)
{
    (void)state;
    start(UINT32_MAX);
    assert_true(es_sequence_is_ahead(&s, 0));
    assert_true(es_sequence_is_ahead(&s, INT32_MAX - 1));
    assert_false(es_sequence_is_ahead(&s, INT32_MAX));
    assert_false(es_sequence_is_ahead(&s, UINT32_MAX));
    assert_false(es_sequence_is_ahead(&s, UINT32_MAX - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_in_order_lose_nothing),
        cmocka_unit_test(a_capture_that_begins_late_blames_nobody_for_earlier_numbers),
        cmocka_unit_test(numbers_that_never_come_are_lost),
        cmocka_unit_test(what_may_still_come_is_not_lost_for_good),
        cmocka_unit_test(a_late_number_is_reordered_and_not_lost),
        cmocka_unit_test(a_number_before_the_first_one_was_only_late),
        cmocka_unit_test(a_number_seen_twice_is_a_duplicate),
        cmocka_unit_test(the_window_reaches_back_as_far_as_it_says),
        cmocka_unit_test(the_first_number_behind_the_window_is_a_straggler),
        cmocka_unit_test(a_place_of_the_window_is_free_again_after_a_jump),
        cmocka_unit_test(the_counter_goes_on_past_32_bits),
        cmocka_unit_test(loss_and_reordering_across_the_wrap_are_counted),
        cmocka_unit_test(a_counter_that_starts_again_is_a_reset_and_no_loss),
        cmocka_unit_test(loss_before_a_reset_is_kept),
        cmocka_unit_test(a_lone_straggler_is_no_reset),
        cmocka_unit_test(stragglers_that_do_not_follow_each_other_are_no_reset),
        cmocka_unit_test(two_stragglers_in_a_row_are_no_reset_either),
        cmocka_unit_test(late_numbers_are_counted_by_replay_window),
        cmocka_unit_test(a_counter_that_begins_again_is_not_late),
        cmocka_unit_test(each_number_is_told_what_it_is),
        cmocka_unit_test(without_memory_what_is_late_is_not_counted),
        cmocka_unit_test(only_higher_numbers_are_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
