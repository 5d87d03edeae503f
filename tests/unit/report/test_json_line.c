/*
 * Records written straight into a text.
 */
#include "unit.h"

#include "json_line.h"

static struct es_text text;
static struct es_json_line line;

static int begin(void **state)
{
    (void)state;
    es_text_init(&text);
    es_json_line_init(&line, &text);
    return 0;
}

static int end(void **state)
{
    (void)state;
    es_json_line_fini(&line);
    es_text_fini(&text);
    return 0;
}

static void expect_real(double number, const char *expected)
{
    es_text_clear(&text);
    line.comma = false;
    es_json_line_real(&line, number);
    assert_string_equal(es_text_chars(&text), expected);
}

static void a_real_number_is_never_an_integer(void **state)
{
    (void)state;
    expect_real(0, "0.0");
    expect_real(1, "1.0");
    expect_real(-3, "-3.0");
    expect_real(999999999, "999999999.0");
    expect_real(0.25, "0.25");
    expect_real(1.0 / 3, "0.333333333");
    expect_real(4294967297.0, "4.2949673e+09");
    expect_real(1e-7, "1e-07");
}

static void quotes_and_controls_cannot_leave_a_string(void **state)
{
    (void)state;
    es_json_line_open(&line, '{');
    es_json_line_put_string(&line, "a", "\"},\\\n\x1b\x7f\xff\xc3\xa9");
    es_json_line_close(&line, '}');
    assert_string_equal(es_text_chars(&text),
                        "{\"a\":\"\\\"},\\\\\\\\x0a\\\\x1b\\\\x7f\\\\xff\xc3\xa9\"}");
}

static void what_is_taken_back_leaves_no_comma(void **state)
{
    (void)state;
    es_json_line_open(&line, '{');
    struct es_json_mark mark = es_json_line_mark(&line);
    es_json_line_key(&line, "first");
    es_json_line_open(&line, '[');
    es_json_line_back(&line, mark);
    es_json_line_put_number(&line, "one", 1);
    mark = es_json_line_mark(&line);
    es_json_line_key(&line, "second");
    es_json_line_open(&line, '{');
    es_json_line_back(&line, mark);
    es_json_line_put_number(&line, "two", UINT64_MAX);
    es_json_line_close(&line, '}');
    assert_string_equal(es_text_chars(&text), "{\"one\":1,\"two\":18446744073709551615}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_real_number_is_never_an_integer, begin, end),
        cmocka_unit_test_setup_teardown(quotes_and_controls_cannot_leave_a_string, begin, end),
        cmocka_unit_test_setup_teardown(what_is_taken_back_leaves_no_comma, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
