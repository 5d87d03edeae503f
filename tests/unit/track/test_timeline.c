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
        all += t->counts[i];
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

static void a_full_bucket_stays_full(void **state)
{
    (void)state;
    struct es_timeline t = {
        .start = begin, .width = ES_SECOND, .counts = {UINT32_MAX - 1, 5}
    };
    es_timeline_add(&t, begin);
    es_timeline_add(&t, begin);
    assert_int_equal(t.counts[0], UINT32_MAX);
    es_timeline_add(&t, begin + ES_TIMELINE_BUCKETS * ES_SECOND);
    assert_int_equal(t.counts[0], UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_count_in_the_second_they_came_in),
        cmocka_unit_test(buckets_join_when_they_run_out),
        cmocka_unit_test(a_long_silence_keeps_the_sum),
        cmocka_unit_test(time_that_runs_backwards_counts_at_the_start),
        cmocka_unit_test(a_full_bucket_stays_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
