/*
 * What waits until it is known whether it is wanted.
 */
#include "hold.h"
#include "unit.h"

#include <stdlib.h>

struct stage {
    struct es_hold *hold;
    struct es_text out;
};

static struct stage stage;

static int set_up(void **state)
{
    (void)state;
    stage.hold = calloc(1, sizeof(*stage.hold));
    es_text_init(&stage.out);
    return stage.hold ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    es_text_fini(&stage.hold->bytes);
    es_text_fini(&stage.out);
    free(stage.hold);
    return 0;
}

/* A piece of text; `print` 0: it is wanted. */
static void add(const char *chars, uint64_t print, es_time time)
{
    es_text_add(&stage.hold->bytes, chars);
    es_hold_add(stage.hold, print, time, strlen(chars), print ? ES_HOLD_WAITS : ES_HOLD_KEPT);
}

static const char *released(es_time now)
{
    es_hold_release(stage.hold, now, &stage.out);
    return es_text_chars(&stage.out);
}

static void nothing_passes_what_waits(void **state)
{
    (void)state;
    add("a", 0, 1);
    add("b", 7, 1);
    add("c", 0, 1);
    assert_string_equal(released(1), "a");
    es_hold_decide(stage.hold, 7, true);
    assert_string_equal(released(1), "abc");
    assert_true(es_hold_is_empty(stage.hold));
    assert_int_equal(stage.hold->written, 1);
}

static void what_is_not_wanted_leaves_no_gap(void **state)
{
    (void)state;
    add("a", 7, 1);
    add("b", 8, 1);
    add("c", 7, 1);
    add("d", 0, 1);
    es_hold_decide(stage.hold, 7, false);
    assert_string_equal(released(1), "");
    es_hold_decide(stage.hold, 8, true);
    assert_string_equal(released(1), "bd");
    assert_int_equal(stage.hold->given_up, 0);
}

static void patience_ends(void **state)
{
    (void)state;
    add("a", 7, 1);
    add("b", 0, 1);
    assert_string_equal(released(ES_HOLD_S * ES_SECOND), "");
    assert_string_equal(released(ES_HOLD_S * ES_SECOND + 2), "b");
    assert_int_equal(stage.hold->given_up, 1);
}

static void places_and_bytes_are_bounded(void **state)
{
    (void)state;
    enum { TURNS = 3 * ES_HOLD_ITEMS };
    for (int i = 0; i < TURNS; i++) {
        add("0123456789", 7, 1);
        es_hold_release(stage.hold, 1, &stage.out);
        assert_true(stage.hold->count < ES_HOLD_ITEMS);
    }
    assert_int_equal(stage.hold->given_up + stage.hold->count, TURNS);
    es_hold_decide(stage.hold, 7, true);
    const size_t kept = stage.hold->count;
    es_hold_release(stage.hold, 1, &stage.out);
    assert_int_equal(stage.out.length, kept * 10);

    char *large = calloc(1, 1 << 20);
    assert_non_null(large);
    memset(large, 'x', (1 << 20) - 1);
    for (int i = 0; i < 40; i++) {
        add(large, 9, 1);
        es_hold_release(stage.hold, 1, &stage.out);
        assert_true(stage.hold->bytes.length < 3 * (size_t)ES_HOLD_BYTES);
    }
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_passes_what_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_wanted_leaves_no_gap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(patience_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places_and_bytes_are_bounded, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
