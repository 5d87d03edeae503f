/*
 * What the screen's cells say, and the columns that a width has room for.
 */
#include "unit.h"

#include "page.h"
#include "screen_layout.h"

static void says(struct es_text *text, const char *expected)
{
    assert_string_equal(es_text_chars(text), expected);
    es_text_clear(text);
}

static void a_countdown_is_brief(void **state)
{
    (void)state;
    static const struct {
        es_time seconds;
        const char *words;
    } cases[] = {
        {0,       "0s"    },
        {12,      "12s"   },
        {59,      "59s"   },
        {60,      "1m00s" },
        {252,     "4m12s" },
        {3599,    "59m59s"},
        {3720,    "1h02m" },
        {86399,   "23h59m"},
        {273600,  "3d04h" },
        {8640000, "100d"  },
        {-12,     "-12s"  },
        {-252,    "-4m"   },
        {-7300,   "-2h"   },
        {-200000, "-2d"   },
    };
    struct es_text text;
    es_text_init(&text);
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        es_text_add_brief(&text, cases[i].seconds * ES_SECOND);
        assert_true(text.length <= 6);
        says(&text, cases[i].words);
    }
    /* Less than a second late is not late. */
    es_text_add_brief(&text, -ES_SECOND / 2);
    says(&text, "0s");
    es_text_fini(&text);
}

static void an_age_has_whole_units(void **state)
{
    (void)state;
    struct es_text text;
    es_text_init(&text);
    es_text_add_age(&text, 59 * ES_SECOND);
    says(&text, "59s");
    es_text_add_age(&text, 252 * ES_SECOND);
    says(&text, "4m");
    es_text_add_age(&text, 3720 * ES_SECOND);
    says(&text, "1h02m");
    es_text_add_age(&text, -5 * ES_SECOND);
    says(&text, "0s");
    es_text_fini(&text);
}

static void a_rate_takes_five_columns_at_most(void **state)
{
    (void)state;
    static const struct {
        double rate;
        const char *words;
    } cases[] = {
        {0,       "0"    },
        {0.01,    "0"    },
        {0.4,     "0.4"  },
        {1,       "1"    },
        {12.4,    "12"   },
        {999,     "999"  },
        {999.6,   "1.0k" },
        {1234,    "1.2k" },
        {34e4,    "340k" },
        {999.7e3, "1.0M" },
        {1.25e9,  "1.2G" },
        {5e15,    "5000T"},
    };
    struct es_text text;
    es_text_init(&text);
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        es_text_add_rate(&text, cases[i].rate);
        assert_true(text.length <= 5);
        says(&text, cases[i].words);
    }
    es_text_fini(&text);
}

static void a_course_is_scaled_to_its_highest(void **state)
{
    (void)state;
    const float samples[] = {0, 1, 4, 8};
    const float flat[] = {0, 0, 0};
    struct es_text text;
    es_text_init(&text);
    es_text_add_course(&text, samples, 4, 4, true);
    says(&text, " \u2582\u2585\u2588");
    es_text_add_course(&text, samples, 4, 4, false);
    says(&text, " :+#");
    es_text_add_course(&text, flat, 3, 3, true);
    says(&text, "   ");
    es_text_add_course(&text, samples, 0, 3, true);
    says(&text, "   ");
    es_text_fini(&text);
}

static void a_course_shows_the_newest_on_the_right(void **state)
{
    (void)state;
    const float samples[] = {9, 9, 0, 8};
    struct es_text text;
    es_text_init(&text);
    es_text_add_course(&text, samples, 4, 2, false);
    says(&text, " #");
    es_text_add_course(&text, samples, 4, 6, false);
    says(&text, "  ## %");
    es_text_fini(&text);
}

static void something_is_never_drawn_as_nothing(void **state)
{
    (void)state;
    const float samples[] = {0.001F, 1e6F};
    struct es_text text;
    es_text_init(&text);
    es_text_add_course(&text, samples, 2, 2, false);
    says(&text, ".#");
    es_text_fini(&text);
}

static unsigned width_of(const struct es_list_layout *layout)
{
    unsigned sum = 0;
    for (size_t i = 0; i < ES_COUNT(layout->widths); i++)
        sum += layout->widths[i] ? layout->widths[i] + 1 : 0;
    return sum - 1;
}

static void columns_never_exceed_the_width(void **state)
{
    (void)state;
    for (unsigned width = 78; width < 400; width++) {
        for (unsigned peers = 15; peers < 90; peers += 5) {
            for (unsigned number = 1; number <= 6; number++) {
                const struct es_list_layout layout = es_list_layout(width, peers, number);
                assert_true(width_of(&layout) <= width);
                assert_true(layout.widths[ES_LIST_NUMBER] >= number);
            }
        }
    }
}

static void the_smallest_screen_holds_what_must_be_seen(void **state)
{
    (void)state;
    const struct es_list_layout layout = es_list_layout(78, 28, 2);
    const enum es_list_column needed[] = {
        ES_LIST_MARK, ES_LIST_NUMBER, ES_LIST_STATE, ES_LIST_PEERS,         ES_LIST_IKE,
        ES_LIST_AGE,  ES_LIST_REKEY,  ES_LIST_DPD,   ES_LIST_THERE_PACKETS, ES_LIST_BACK_PACKETS,
    };
    for (size_t i = 0; i < ES_COUNT(needed); i++)
        assert_int_not_equal(layout.widths[needed[i]], 0);
    /* "192.0.2.101 <-> 198.51.100.101" with an arrow of one column */
    assert_int_equal(layout.widths[ES_LIST_PEERS], 28);
}

static void a_wider_screen_shows_bytes_and_courses_of_both_directions(void **state)
{
    (void)state;
    struct es_list_layout before = es_list_layout(78, 28, 2);
    for (unsigned width = 79; width < 250; width++) {
        const struct es_list_layout layout = es_list_layout(width, 28, 2);
        for (size_t i = 0; i < ES_COUNT(layout.widths); i++)
            assert_true(layout.widths[i] >= before.widths[i]);
        assert_int_equal(layout.widths[ES_LIST_THERE_BYTES], layout.widths[ES_LIST_BACK_BYTES]);
        assert_int_equal(layout.widths[ES_LIST_THERE_COURSE], layout.widths[ES_LIST_BACK_COURSE]);
        before = layout;
    }
    assert_int_equal(before.widths[ES_LIST_THERE_COURSE], 30);
    assert_true(es_list_layout(118, 28, 2).widths[ES_LIST_BACK_BYTES] > 0);
    assert_true(es_list_layout(118, 28, 2).widths[ES_LIST_BACK_COURSE] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_countdown_is_brief),
        cmocka_unit_test(an_age_has_whole_units),
        cmocka_unit_test(a_rate_takes_five_columns_at_most),
        cmocka_unit_test(a_course_is_scaled_to_its_highest),
        cmocka_unit_test(a_course_shows_the_newest_on_the_right),
        cmocka_unit_test(something_is_never_drawn_as_nothing),
        cmocka_unit_test(columns_never_exceed_the_width),
        cmocka_unit_test(the_smallest_screen_holds_what_must_be_seen),
        cmocka_unit_test(a_wider_screen_shows_bytes_and_courses_of_both_directions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
