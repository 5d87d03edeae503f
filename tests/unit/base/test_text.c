/*
 * Growing text and its forms.
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

static void an_unused_text_is_empty(void **state)
{
    (void)state;
    struct es_text text;
    es_text_init(&text);
    assert_string_equal(es_text_chars(&text), "");
    es_text_clear(&text);
    es_text_fini(&text);
    assert_string_equal(es_text_chars(&text), "");
}

static void text_grows_and_always_ends(void **state)
{
    (void)state;
    struct es_text text;
    es_text_init(&text);
    for (size_t i = 0; i < 1000; i++) {
        es_text_addf(&text, "%03zu", i);
        assert_int_equal(text.length, 3 * (i + 1));
        assert_int_equal(strlen(es_text_chars(&text)), text.length);
    }
    assert_memory_equal(es_text_chars(&text) + 2997, "999", 4);
    assert_false(text.failed);
    es_text_clear(&text);
    assert_string_equal(es_text_chars(&text), "");
    es_text_fini(&text);
}

static void additions_of_every_length_fit(void **state)
{
    (void)state;
    char chars[200];
    memset(chars, 'x', sizeof(chars));
    for (size_t length = 0; length < sizeof(chars); length++) {
        struct es_text text;
        es_text_init(&text);
        es_text_add_bytes(&text, chars, length);
        es_text_add(&text, "y");
        assert_int_equal(strlen(es_text_chars(&text)), length + 1);
        es_text_fini(&text);
    }
}

static void numbers_have_their_forms(void **state)
{
    (void)state;
    EXPECT(es_text_add_hex(&text, (const uint8_t *)"\x00\x9f\xff", 3), "009fff");
    EXPECT(es_text_add_count(&text, 0), "0");
    EXPECT(es_text_add_count(&text, 999), "999");
    EXPECT(es_text_add_count(&text, 1000), "1,000");
    EXPECT(es_text_add_count(&text, 1234567), "1,234,567");
    EXPECT(es_text_add_count(&text, UINT64_MAX), "18,446,744,073,709,551,615");
    EXPECT(es_text_add_size(&text, 12), "12 B");
    EXPECT(es_text_add_size(&text, 1023), "1023 B");
    EXPECT(es_text_add_size(&text, 1434), "1.4 KiB");
    EXPECT(es_text_add_size(&text, (1 << 20) - 1), "1.0 MiB");
    EXPECT(es_text_add_size(&text, UINT64_C(2) << 30), "2.0 GiB");
    EXPECT(es_text_add_size(&text, UINT64_MAX), "16.0 EiB");
}

static void foreign_text_cannot_command_a_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *shown;
    } cases[] = {
        {"plain ~ text",     "plain ~ text"         },
        {"\x1b[31m",         "\\x1b[31m"            },
        {"a\r\n\t\x7f",      "a\\x0d\\x0a\\x09\\x7f"},
        {"\xc3\xa9",         "\xc3\xa9"             }, /* e with acute */
        {"\xe2\x82\xac",     "\xe2\x82\xac"         }, /* euro sign */
        {"\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91"     }, /* a key */
        {"\xc2\x9b",         "\\xc2\\x9b"           }, /* C1: control sequence introducer */
        {"\xc0\xaf",         "\\xc0\\xaf"           }, /* overlong */
        {"\xe0\x80\xaf",     "\\xe0\\x80\\xaf"      },
        {"\xed\xa0\x80",     "\\xed\\xa0\\x80"      }, /* surrogate */
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" }, /* beyond Unicode */
        {"\xe2\x82",         "\\xe2\\x82"           }, /* broken off */
        {"\x80",             "\\x80"                },
        {"\xff",             "\\xff"                },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        const uint8_t *bytes = (const uint8_t *)cases[i].bytes;
        EXPECT(es_text_add_printable(&text, bytes, strlen(cases[i].bytes)), cases[i].shown);
    }
    EXPECT(es_text_add_printable(&text, (const uint8_t *)"a\0b", 3), "a\\x00b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unused_text_is_empty),
        cmocka_unit_test(text_grows_and_always_ends),
        cmocka_unit_test(additions_of_every_length_fit),
        cmocka_unit_test(numbers_have_their_forms),
        cmocka_unit_test(foreign_text_cannot_command_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
