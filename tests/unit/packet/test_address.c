/*
 * Addresses and their text.
 */
#include "unit.h"

#include "espial/packet.h"

static void assert_text(const char *in, const char *out)
{
    struct es_address address;
    struct es_text text;
    es_text_init(&text);
    assert_true(es_address_parse(in, &address));
    es_text_add_address(&text, &address);
    assert_string_equal(es_text_chars(&text), out);
    es_text_fini(&text);
}

static void addresses_are_written_as_rfc_5952_asks(void **state)
{
    (void)state;
    assert_text("192.0.2.1", "192.0.2.1");
    assert_text("0.0.0.0", "0.0.0.0");
    assert_text("::", "::");
    assert_text("::1", "::1");
    assert_text("2001:DB8:0:0:0:0:0:1", "2001:db8::1");
    assert_text("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
    assert_text("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
    assert_text("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
    assert_text("fe80:0:0:0:0:0:0:0", "fe80::");
    assert_text("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8");
    assert_text("::ffff:192.0.2.1", "192.0.2.1");
}

static void what_is_no_address_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "192.0.2",        "192.0.2.256",   "1.2.3.4.5", ":::",
                                      "host", "2001:db8::1::2", "192.0.2.1:500", "[::1]"};
    struct es_address address;
    for (size_t i = 0; i < ES_COUNT(bad); i++)
        assert_false(es_address_parse(bad[i], &address));
}

static void endpoints_have_brackets_where_a_port_follows(void **state)
{
    (void)state;
    struct es_address v4, v6;
    struct es_text text;
    es_text_init(&text);
    assert_true(es_address_parse("192.0.2.1", &v4));
    assert_true(es_address_parse("2001:db8::1", &v6));
    es_text_add_endpoint(&text, &v4, 500);
    es_text_add(&text, " ");
    es_text_add_endpoint(&text, &v4, 0);
    es_text_add(&text, " ");
    es_text_add_endpoint(&text, &v6, 4500);
    es_text_add(&text, " ");
    es_text_add_endpoint(&text, &v6, 0);
    assert_string_equal(es_text_chars(&text),
                        "192.0.2.1:500 192.0.2.1 [2001:db8::1]:4500 2001:db8::1");
    es_text_fini(&text);
}

static void families_are_told_apart(void **state)
{
    (void)state;
    const uint8_t four[4] = {192, 0, 2, 1};
    const uint8_t six[16] = {0x20, 1};
    const struct es_address a = es_address_v4(four), b = es_address_v6(six);
    assert_true(es_address_is_v4(&a));
    assert_false(es_address_is_v4(&b));
    assert_true(es_address_equal(&a, &a));
    assert_false(es_address_equal(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_written_as_rfc_5952_asks),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(endpoints_have_brackets_where_a_port_follows),
        cmocka_unit_test(families_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
