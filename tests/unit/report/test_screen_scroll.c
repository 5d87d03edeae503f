/*
 * A text that is longer than its place on the screen.
 */
#include "unit.h"

#include "screen_scroll.h"

static void set(struct es_scroll *scroll, const char *chars)
{
    es_scroll_set(scroll, chars, strlen(chars));
}

static const char *line(const struct es_scroll *scroll, size_t index)
{
    assert_true(index < scroll->count);
    return scroll->text.chars + scroll->starts[index];
}

static void a_text_is_cut_into_its_lines(void **state)
{
    (void)state;
    struct es_scroll scroll;
    es_scroll_init(&scroll);
    set(&scroll, "");
    assert_int_equal(scroll.count, 0);
    set(&scroll, "one\n\nthree");
    assert_int_equal(scroll.count, 3);
    assert_string_equal(line(&scroll, 0), "one");
    assert_string_equal(line(&scroll, 1), "");
    assert_string_equal(line(&scroll, 2), "three");
    set(&scroll, "one\n");
    assert_int_equal(scroll.count, 1);
    es_scroll_fini(&scroll);
}

static void keys_stay_within_the_text(void **state)
{
    (void)state;
    struct es_scroll scroll;
    es_scroll_init(&scroll);
    scroll.height = 3;
    set(&scroll, "1\n2\n3\n4\n5\n6\n7\n8\n");
    assert_true(es_scroll_key(&scroll, ES_KEY_UP));
    assert_int_equal(scroll.top, 0);
    es_scroll_key(&scroll, ES_KEY_DOWN);
    assert_int_equal(scroll.top, 1);
    es_scroll_key(&scroll, ES_KEY_PAGE_DOWN);
    assert_int_equal(scroll.top, 3);
    es_scroll_key(&scroll, ES_KEY_END);
    assert_int_equal(scroll.top, 5);
    es_scroll_key(&scroll, ES_KEY_PAGE_DOWN);
    assert_int_equal(scroll.top, 5);
    es_scroll_key(&scroll, ES_KEY_HOME);
    assert_int_equal(scroll.top, 0);
    assert_false(es_scroll_key(&scroll, 'x'));
    es_scroll_fini(&scroll);
}

static void a_reader_stays_where_they_are(void **state)
{
    (void)state;
    struct es_scroll scroll;
    es_scroll_init(&scroll);
    scroll.height = 2;
    set(&scroll, "1\n2\n3\n4\n");
    es_scroll_key(&scroll, ES_KEY_DOWN);
    set(&scroll, "1\n2\n3\n4\n5\n6\n");
    assert_int_equal(scroll.top, 1);
    /* A text that became shorter has no line there. */
    set(&scroll, "1\n2\n");
    assert_int_equal(scroll.top, 0);
    es_scroll_fini(&scroll);
}

static void the_end_is_followed_where_that_is_wanted(void **state)
{
    (void)state;
    struct es_scroll scroll;
    struct es_text text;
    es_scroll_init(&scroll);
    es_text_init(&text);
    scroll.height = 2;
    scroll.follows = true;
    set(&scroll, "1\n2\n3\n4\n");
    assert_int_equal(scroll.top, 2);
    es_scroll_add_place(&text, &scroll);
    assert_string_equal(es_text_chars(&text), "3-4 of 4");
    es_text_fini(&text);
    es_scroll_fini(&scroll);
}

static void a_text_without_end_is_cut(void **state)
{
    (void)state;
    struct es_scroll scroll;
    struct es_text text;
    es_scroll_init(&scroll);
    es_text_init(&text);
    for (int i = 0; i < 2 * ES_SCROLL_LINES_MAX; i++)
        es_text_add(&text, "x\n");
    es_scroll_set(&scroll, es_text_chars(&text), text.length);
    assert_int_equal(scroll.count, ES_SCROLL_LINES_MAX);
    es_text_fini(&text);
    es_scroll_fini(&scroll);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_cut_into_its_lines),
        cmocka_unit_test(keys_stay_within_the_text),
        cmocka_unit_test(a_reader_stays_where_they_are),
        cmocka_unit_test(the_end_is_followed_where_that_is_wanted),
        cmocka_unit_test(a_text_without_end_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
