/*
 * Timelines: a fixed number of buckets over any length of time.
 */
#include "memory.h"
#include "unit.h"

static const es_time begin = INT64_C(1700000000) * ES_SECOND;

static uint64_t sum(const struct es_timeline *t)
{
    uint64_t all = 0;
    for (size_t i = 0; i < ES_TIMELINE_BUCKETS; i++)
        all += es_timeline_count(t, i);
    return all;
}

static void packets_count_in_the_second_they_came_in(void **state)
{
    (void)state;
    struct es_timeline t = {0};
    es_timeline_add(&t, begin);
    es_timeline_add(&t, begin + ES_SECOND - 1);
    es_timeline_add(&t, begin + ES_SECOND);
    es_timeline_add(&t, begin + 31 * ES_SECOND);
    assert_true(t.start == begin);
    assert_true(t.width == ES_SECOND);
    assert_int_equal(t.counts[0], 2);
    assert_int_equal(t.counts[1], 1);
    assert_int_equal(t.counts[31], 1);
    assert_int_equal(sum(&t), 4);
}

static void buckets_join_when_they_run_out(void **state)
{
    (void)state;
    struct es_timeline t = {0};
    for (int second = 0; second < ES_TIMELINE_BUCKETS; second++) {
        for (int i = 0; i <= second; i++)
            es_timeline_add(&t, begin + second * ES_SECOND);
    }
    es_timeline_add(&t, begin + ES_TIMELINE_BUCKETS * ES_SECOND);
    assert_true(t.width == 2 * ES_SECOND);
    assert_int_equal(t.counts[0], 1 + 2);
    assert_int_equal(t.counts[15], 31 + 32);
    assert_int_equal(t.counts[16], 1);
    assert_int_equal(t.counts[17], 0);
    assert_int_equal(sum(&t), 32 * 33 / 2 + 1);
}

static void a_long_silence_keeps_the_sum(void **state)
{
    (void)state;
    struct es_timeline t = {0};
    for (int i = 0; i < 100; i++)
        es_timeline_add(&t, begin + i * 100 * ES_MILLISECOND);
    es_timeline_add(&t, begin + 30 * 86400 * ES_SECOND);
    assert_int_equal(t.counts[0], 100);
    assert_int_equal(sum(&t), 101);
    assert_true(t.width * ES_TIMELINE_BUCKETS > 30 * 86400 * ES_SECOND);
    assert_true(t.width * ES_TIMELINE_BUCKETS <= 2 * 30 * 86400 * ES_SECOND);
}

static void time_that_runs_backwards_counts_at_the_start(void **state)
{
    (void)state;
    struct es_timeline t = {0};
    es_timeline_add(&t, begin);
    es_timeline_add(&t, begin - 3 * ES_SECOND);
    assert_int_equal(t.counts[0], 2);
    assert_true(t.start == begin);
}

static void a_bucket_that_outgrows_its_place_is_said_and_widened(void **state)
{
    (void)state;
    uint32_t wide[ES_TIMELINE_BUCKETS];
    struct es_timeline t = {
        .start = begin, .width = ES_SECOND, .counts = {UINT16_MAX - 1, 5}
    };
    assert_true(es_timeline_add(&t, begin));
    assert_false(es_timeline_add(&t, begin));
    assert_int_equal(es_timeline_count(&t, 0), UINT16_MAX);
    assert_true(es_timeline_add(&t, begin + ES_SECOND));
    es_timeline_widen(&t, wide);
    assert_true(es_timeline_add(&t, begin));
    assert_int_equal(es_timeline_count(&t, 0), UINT16_MAX + 1);
    assert_int_equal(es_timeline_count(&t, 1), 6);
    assert_int_equal(sum(&t), UINT16_MAX + 7);
}

static void buckets_too_large_together_are_left_alone(void **state)
{
    (void)state;
    uint32_t wide[ES_TIMELINE_BUCKETS];
    const es_time beyond = begin + ES_TIMELINE_BUCKETS * ES_SECOND;
    struct es_timeline t = {
        .start = begin, .width = ES_SECOND, .counts = {3, 4, UINT16_MAX - 1, 2}
    };
    assert_false(es_timeline_add(&t, beyond));
    assert_true(t.width == ES_SECOND);
    assert_int_equal(t.counts[0], 3);
    es_timeline_widen(&t, wide);
    assert_true(es_timeline_add(&t, beyond));
    assert_true(t.width == 2 * ES_SECOND);
    assert_int_equal(es_timeline_count(&t, 0), 7);
    assert_int_equal(es_timeline_count(&t, 1), UINT16_MAX + 1);
    assert_int_equal(es_timeline_count(&t, 2), 0);
    assert_int_equal(es_timeline_count(&t, 16), 1);
}

static void a_full_bucket_stays_full(void **state)
{
    (void)state;
    uint32_t wide[ES_TIMELINE_BUCKETS] = {UINT32_MAX - 1, 5};
    struct es_timeline t = {.start = begin, .width = ES_SECOND, .wide = wide};
    es_timeline_add(&t, begin);
    es_timeline_add(&t, begin);
    assert_int_equal(es_timeline_count(&t, 0), UINT32_MAX);
    es_timeline_add(&t, begin + ES_TIMELINE_BUCKETS * ES_SECOND);
    assert_int_equal(es_timeline_count(&t, 0), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_count_in_the_second_they_came_in),
        cmocka_unit_test(buckets_join_when_they_run_out),
        cmocka_unit_test(a_long_silence_keeps_the_sum),
        cmocka_unit_test(time_that_runs_backwards_counts_at_the_start),
        cmocka_unit_test(a_bucket_that_outgrows_its_place_is_said_and_widened),
        cmocka_unit_test(buckets_too_large_together_are_left_alone),
        cmocka_unit_test(a_full_bucket_stays_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
