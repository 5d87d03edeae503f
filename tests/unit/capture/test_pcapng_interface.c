/*
 * What a tick means, and options.
 */
#include "bytes.h"
#include "pcapng.h"

/* An interface of this resolution and offset. */
static struct es_pcapng_interface interface_of(uint8_t resolution, int64_t offset, bool big)
{
    struct bytes b = {.big = big};
    put16(&b, 1);
    put16(&b, 0);
    put32(&b, 96);
    put_option(&b, 9, &resolution, 1);
    put_option64(&b, 14, (uint64_t)offset);
    put_option(&b, 2, "wan", 3);
    put_option_end(&b);
    struct es_cursor body = es_cursor(b.data, b.size, b.size);
    struct es_pcapng_interface interface;
    assert_true(es_pcapng_interface_parse(&interface, &body, big));
    assert_string_equal(interface.name, "wan");
    assert_int_equal(interface.snaplen, 96);
    es_pcapng_interface_fini(&interface);
    free(b.data);
    return interface;
}

static void ticks_become_nanoseconds(void **state)
{
    (void)state;
    static const struct {
        uint8_t resolution;
        uint64_t ticks;
        es_time time;
    } cases[] = {
        {0,          5,                                         5 * ES_SECOND             },
        {3,          5,                                         5 * ES_MILLISECOND        },
        {6,          1700000000123456,                          1700000000123456000       },
        {9,          1700000000123456789,                       1700000000123456789       },
        {12,         1500,                                      1                         },
        {12,         999,                                       0                         },
        {18,         17999999999999999999u,                     17 * ES_SECOND + 999999999},
        {19,         UINT64_MAX,                                ES_SECOND + 844674407     },
        {20,         UINT64_MAX,                                184467440                 },
        {127,        UINT64_MAX,                                0                         },
        {0x80,       7,                                         7 * ES_SECOND             },
        {0x80 | 1,   7,                                         3 * ES_SECOND + 500000000 },
        {0x80 | 20,  (3u << 20) + (1u << 18),                   3 * ES_SECOND + 250000000 },
        {0x80 | 32,  (UINT64_C(1700000000) << 32) + (1u << 31), 1700000000500000000       },
        {0x80 | 34,  (UINT64_C(1) << 34) - 1,                   999999999                 },
        {0x80 | 63,  (UINT64_C(3) << 62),                       ES_SECOND + 500000000     },
        {0x80 | 64,  UINT64_C(1) << 63,                         500000000                 },
        {0x80 | 66,  UINT64_C(1) << 63,                         125000000                 },
        {0x80 | 127, UINT64_MAX,                                0                         },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        const struct es_pcapng_interface interface =
            interface_of(cases[i].resolution, 0, i % 2 == 0);
        const es_time time = es_pcapng_time(&interface, cases[i].ticks);
        if (time != cases[i].time)
            fail_msg("case %zu gives %lld", i, (long long)time);
    }
}

static void what_does_not_fit_becomes_the_nearest_time(void **state)
{
    (void)state;
    static const uint8_t coarse[] = {0, 3, 6, 8, 9, 0x80, 0x80 | 1, 0x80 | 20, 0x80 | 30};
    for (size_t i = 0; i < sizeof(coarse); i++) {
        const struct es_pcapng_interface interface = interface_of(coarse[i], 0, false);
        assert_int_equal(es_pcapng_time(&interface, UINT64_MAX), ES_TIME_MAX);
    }
    struct es_pcapng_interface interface = interface_of(9, 1, false);
    assert_int_equal(es_pcapng_time(&interface, INT64_MAX), ES_TIME_MAX);
    interface = interface_of(9, INT64_MAX, false);
    assert_true(es_pcapng_time(&interface, UINT64_MAX) == ES_TIME_MAX);
    assert_true(es_pcapng_time(&interface, 0) > ES_TIME_MAX - ES_SECOND);
    interface = interface_of(9, INT64_MIN, false);
    assert_true(es_pcapng_time(&interface, 0) < -ES_TIME_MAX + 2 * ES_SECOND);
}

static void offsets_are_signed_seconds(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct es_pcapng_interface interface = interface_of(6, -2, big);
        assert_int_equal(es_pcapng_time(&interface, 5000000), 3 * ES_SECOND);
        interface = interface_of(6, 1700000000, big);
        assert_int_equal(es_pcapng_time(&interface, 1), 1700000000000001000);
    }
}

static void options_end_where_they_break(void **state)
{
    (void)state;
    struct bytes b = {0};
    put_option(&b, 1, "comment", 7);
    put_option(&b, 2, "", 0);
    put16(&b, 3);
    put16(&b, 9); /* but only 4 follow */
    put32(&b, 0);
    struct es_cursor options = es_cursor(b.data, b.size, b.size);
    struct es_pcapng_option option;
    assert_true(es_pcapng_option_next(&options, false, &option));
    assert_int_equal(option.code, 1);
    assert_memory_equal(option.value, "comment", 7);
    assert_true(es_pcapng_option_next(&options, false, &option));
    assert_int_equal(option.length, 0);
    assert_false(es_pcapng_option_next(&options, false, &option));
    free(b.data);
}

static void options_of_a_wrong_length_are_ignored(void **state)
{
    (void)state;
    struct bytes b = {0};
    put64(&b, 1);
    put_option(&b, 9, "\x09\x09", 2);
    put_option(&b, 14, "\x09\x09", 2);
    put_option(&b, 2, "", 0);
    struct es_cursor body = es_cursor(b.data, b.size, b.size);
    struct es_pcapng_interface interface;
    assert_true(es_pcapng_interface_parse(&interface, &body, false));
    assert_int_equal(es_pcapng_time(&interface, 1), 1000);
    assert_null(interface.name);
    es_pcapng_interface_fini(&interface);

    body = es_cursor(b.data, 7, 7);
    assert_false(es_pcapng_interface_parse(&interface, &body, false));
    es_pcapng_interface_fini(&interface);
    free(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_become_nanoseconds),
        cmocka_unit_test(what_does_not_fit_becomes_the_nearest_time),
        cmocka_unit_test(offsets_are_signed_seconds),
        cmocka_unit_test(options_end_where_they_break),
        cmocka_unit_test(options_of_a_wrong_length_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
