/*
 * Names in DER as text.
 */
#include "der.h"
#include "edge.h"
#include "mutate.h"
#include "unit.h"

#include "espial/base/text.h"

static const char two[] = "\x30\x1c\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02"
                          "CH"
                          "\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"
                          "moon";

static void assert_name(const char *der, size_t length, const char *expected)
{
    char chars[ES_DN_CHARS_MAX];
    const size_t count = es_dn_chars(es_cursor(edge_place(der, length), length, length), chars);
    assert_int_equal(count, strlen(expected));
    assert_memory_equal(chars, expected, count);
}

#define NAME(literal, expected) assert_name(literal, sizeof(literal) - 1, expected)

static void names_read_as_people_write_them(void **state)
{
    (void)state;
    assert_name(two, sizeof(two) - 1, "C=CH, CN=moon");
    /* Two attributes in one set; a comma; 16-bit characters; types without a name. */
    NAME("\x30\x18\x31\x16\x30\x09\x06\x03\x55\x04\x03\x0c\x02"
         "a,"
         "\x30\x09\x06\x03\x55\x04\x0a\x1e\x02\x00\xe9",
         "CN=a\\, + O=\xc3\xa9");
    NAME("\x30\x0e\x31\x0c\x30\x0a\x06\x05\x2b\x06\x01\x81\x01\x0c\x01x", "1.3.6.1.129=x");
    NAME("\x30\x0c\x31\x0a\x30\x08\x06\x03\x88\x37\x03\x0c\x01x", "2.999.3=x");
}

static void what_is_no_name_gives_nothing(void **state)
{
    (void)state;
    NAME("", "");
    NAME("\x30\x00", "");
    NAME("\x31\x00", "");
    NAME("\x30\x80\x00\x00", "");
    NAME("\x30\x85\x00\x00\x00\x00\x00", "");
    NAME("\x30\x00\x00", "");
    NAME("\x30\x02\x30\x00", "");
}

static void long_names_end_in_dots(void **state)
{
    (void)state;
    char der[700] = "\x30\x82\x02\xb8\x31\x82\x02\xb4\x30\x82\x02\xb0\x06\x03\x55\x04\x03\x0c\x82"
                    "\x02\xa7";
    memset(der + 21, 'x', sizeof(der) - 21);
    char chars[ES_DN_CHARS_MAX];
    const size_t count =
        es_dn_chars(es_cursor(edge_place(der, sizeof(der)), sizeof(der), sizeof(der)), chars);
    assert_int_equal(count, ES_DN_CHARS_MAX);
    assert_memory_equal(chars + count - 4, "x...", 4);
}

static enum es_fault parse(struct es_cursor input)
{
    char chars[ES_DN_CHARS_MAX];
    const size_t count = es_dn_chars(input, chars);
    assert_true(count <= ES_DN_CHARS_MAX);
    return ES_FAULT_NONE;
}

static void any_flip_is_survived(void **state)
{
    (void)state;
    mutate_bytes(two, sizeof(two) - 1, parse);
}

static void prefixes_are_no_names(void **state)
{
    (void)state;
    for (size_t held = 0; held < sizeof(two) - 1; held++) {
        char chars[ES_DN_CHARS_MAX];
        const uint8_t *bytes = edge_place(two, held);
        assert_int_equal(es_dn_chars(es_cursor(bytes, held, held), chars), 0);
        assert_int_equal(es_dn_chars(es_cursor(bytes, held, sizeof(two) - 1), chars), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_read_as_people_write_them),
        cmocka_unit_test(what_is_no_name_gives_nothing),
        cmocka_unit_test(long_names_end_in_dots),
        cmocka_unit_test(any_flip_is_survived),
        cmocka_unit_test(prefixes_are_no_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
