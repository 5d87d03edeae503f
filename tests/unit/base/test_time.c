/*
 * Times as text.
 */
#include "unit.h"

#include "espial/base.h"

#define EXPECT(call, expected)                                                                     \
    do {                                                                                           \
        struct es_text text;                                                                       \
        es_text_init(&text);                                                                       \
        call;                                                                                      \
        assert_string_equal(es_text_chars(&text), expected);                                       \
        es_text_fini(&text);                                                                       \
    } while (0)

static const es_time known = INT64_C(1700000000) * ES_SECOND + 123456789;

static void rfc_3339_has_nanoseconds(void **state)
{
    (void)state;
    EXPECT(es_text_add_time(&text, 0), "1970-01-01T00:00:00.000000000Z");
    EXPECT(es_text_add_time(&text, known), "2023-11-14T22:13:20.123456789Z");
    EXPECT(es_text_add_time(&text, -1), "1969-12-31T23:59:59.999999999Z");
    EXPECT(es_text_add_time(&text, -ES_SECOND), "1969-12-31T23:59:59.000000000Z");
}

static void clock_and_date_are_for_people(void **state)
{
    (void)state;
    EXPECT(es_text_add_clock(&text, known, true), "22:13:20.123");
    EXPECT(es_text_add_date(&text, known, true), "2023-11-14 22:13:20 UTC");
}

static void spans_have_the_unit_that_fits(void **state)
{
    (void)state;
    EXPECT(es_text_add_span(&text, 0), "0.00 ms");
    EXPECT(es_text_add_span(&text, 250 * ES_MICROSECOND), "0.25 ms");
    EXPECT(es_text_add_span(&text, 12 * ES_MILLISECOND), "12 ms");
    EXPECT(es_text_add_span(&text, 4200 * ES_MILLISECOND), "4.2 s");
    EXPECT(es_text_add_span(&text, 200 * ES_SECOND), "3 min 20 s");
    EXPECT(es_text_add_span(&text, 7500 * ES_SECOND), "2 h 5 min");
    EXPECT(es_text_add_span(&text, 90000 * ES_SECOND), "1 d 1 h");
    EXPECT(es_text_add_span(&text, -5), "0.00 ms");
}

static void rounding_does_not_leave_the_unit(void **state)
{
    (void)state;
    EXPECT(es_text_add_span(&text, 999600 * ES_MICROSECOND), "1.0 s");
    EXPECT(es_text_add_span(&text, 59960 * ES_MILLISECOND), "1 min 0 s");
    EXPECT(es_text_add_span(&text, 999 * ES_MICROSECOND + 999), "1 ms");
}

static void seconds_are_a_fraction(void **state)
{
    (void)state;
    assert_true(es_seconds(1500 * ES_MILLISECOND) == 1.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_3339_has_nanoseconds),
        cmocka_unit_test(clock_and_date_are_for_people),
        cmocka_unit_test(spans_have_the_unit_that_fits),
        cmocka_unit_test(rounding_does_not_leave_the_unit),
        cmocka_unit_test(seconds_are_a_fraction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
