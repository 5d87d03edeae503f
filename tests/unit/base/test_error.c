/*
 * Errors of the world.
 */
#include "unit.h"

#include "espial/base.h"

static void setting_fills_and_is_false(void **state)
{
    (void)state;
    struct es_error error = {0};
    assert_false(es_error_set(&error, ES_ERROR_FORMAT, "offset %d", 24));
    assert_int_equal(error.kind, ES_ERROR_FORMAT);
    assert_string_equal(error.text, "offset 24");
}

static void context_comes_in_front(void **state)
{
    (void)state;
    struct es_error error = {0};
    es_error_set(&error, ES_ERROR_SYSTEM, "no such file");
    es_error_context(&error, "%s", "a.pcap");
    es_error_context(&error, "triage");
    assert_string_equal(error.text, "triage: a.pcap: no such file");
    assert_int_equal(error.kind, ES_ERROR_SYSTEM);
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    assert_false(es_error_set(NULL, ES_ERROR_USAGE, "unheard"));
    es_error_context(NULL, "unheard");
}

static void long_texts_are_cut_and_end(void **state)
{
    (void)state;
    char name[2 * ES_ERROR_TEXT];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    struct es_error error = {0};
    es_error_set(&error, ES_ERROR_SYSTEM, "%s", name);
    assert_int_equal(strlen(error.text), ES_ERROR_TEXT - 1);
    es_error_context(&error, "%.300s", name);
    assert_int_equal(strlen(error.text), ES_ERROR_TEXT - 1);
    assert_memory_equal(error.text + 300, ": n", 3);
    es_error_context(&error, "%s", name);
    assert_int_equal(strlen(error.text), ES_ERROR_TEXT - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_fills_and_is_false),
        cmocka_unit_test(context_comes_in_front),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(long_texts_are_cut_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
