/*
 * Moments as people write them.
 */
#include "unit.h"

#include "espial/copy.h"

/* 2026-11-23T14:03:21.25Z */
static const es_time first = 1795442601 * ES_SECOND + 250 * ES_MILLISECOND;

static es_time moment(const char *chars)
{
    es_time time = 0;
    assert_true(es_moment_parse(chars, first, true, &time));
    return time;
}

static void seconds_count_from_the_beginning(void **state)
{
    (void)state;
    assert_int_equal(moment("0"), first);
    assert_int_equal(moment("12.5"), first + 12 * ES_SECOND + 500 * ES_MILLISECOND);
    assert_int_equal(moment("+3"), first + 3 * ES_SECOND);
}

static void clock_times_are_of_its_day(void **state)
{
    (void)state;
    assert_int_equal(moment("14:03:21.25"), first);
    assert_int_equal(moment("14:03"), first - 21 * ES_SECOND - 250 * ES_MILLISECOND);
    assert_int_equal(moment("00:00:00"), first / (86400 * ES_SECOND) * 86400 * ES_SECOND);
}

static void dates_have_a_zone_or_not(void **state)
{
    (void)state;
    assert_int_equal(moment("2026-11-23T14:03:21.250Z"), first);
    assert_int_equal(moment("2026-11-23 14:03:21.250"), first);
    assert_int_equal(moment("2026-11-23T15:33:21.25+01:30"), first);
    assert_int_equal(moment("2026-11-23T13:03:21.25-01:00"), first);
    assert_int_equal(moment("2026-11-24T14:03:21.25Z"), first + 86400 * ES_SECOND);
}

static void all_else_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "x",
        "-3",
        "1e99",
        "12x",
        "14:3",
        "24:00",
        "14:60",
        "14:03:61",
        "14:03:21x",
        "2026-13-01T00:00Z",
        "2026-11-23",
        "2026-11-23T14:03+1",
        "2026-11-23T14:03Zx",
        "1969-01-01T00:00Z",
        "nan",
    };
    for (size_t i = 0; i < ES_COUNT(wrong); i++) {
        es_time time;
        if (es_moment_parse(wrong[i], first, true, &time))
            fail_msg("\"%s\" is taken for a moment", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_count_from_the_beginning),
        cmocka_unit_test(clock_times_are_of_its_day),
        cmocka_unit_test(dates_have_a_zone_or_not),
        cmocka_unit_test(all_else_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
