/*
 * Certificates: whose, by whom, from when to when.
 */
#include "unit.h"

#include "wire.h"

#include "espial/ike.h"

#include <stdlib.h>

/* A certificate of version 3, serial number 0x42, Ed25519, two names and two dates. */
#define NAME_C "300d310b3009060355040613024348"
#define NAME_CN "300c310a300806035504030c016d"
#define DATES "301e170d3236313132333030303030305a170d3336313132303030303030305a"
#define CERTIFICATE "304e304ca003020102020142300506032b6570" NAME_C DATES NAME_CN

static struct wire certificate(void)
{
    struct wire wire = {0};
    for (const char *hex = CERTIFICATE; *hex; hex += 2) {
        const char digits[] = {hex[0], hex[1], 0};
        wire_u8(&wire, (uint8_t)strtoul(digits, NULL, 16));
    }
    return wire;
}

static void assert_name(struct es_cursor der, const char *expected)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_dn(&text, der);
    assert_string_equal(es_text_chars(&text), expected);
    es_text_fini(&text);
}

static void a_certificate_says_what_it_is(void **state)
{
    (void)state;
    struct wire wire = certificate();
    struct es_ike_certificate found;
    assert_true(es_ike_certificate_parse(es_cursor(wire.bytes, wire.length, wire.length), &found));
    assert_int_equal(es_left(&found.serial), 1);
    assert_name(found.issuer, "C=CH");
    assert_name(found.subject, "CN=m");
    es_time from = 0;
    es_time to = 0;
    assert_true(es_ike_certificate_time(found.not_before, &from));
    assert_true(es_ike_certificate_time(found.not_after, &to));
    assert_int_equal(from, INT64_C(1795392000) * ES_SECOND); /* 2026-11-23 */
    assert_int_equal(to, INT64_C(2110752000) * ES_SECOND);   /* 2036-11-20 */
}

static void every_prefix_is_refused(void **state)
{
    (void)state;
    struct wire wire = certificate();
    for (size_t held = 0; held < wire.length; held++) {
        struct es_ike_certificate found;
        assert_false(es_ike_certificate_parse(es_cursor(wire.bytes, held, held), &found));
        assert_false(es_ike_certificate_parse(es_cursor(wire.bytes, held, wire.length), &found));
    }
}

static void any_flipped_byte_is_read_or_refused(void **state)
{
    (void)state;
    struct wire wire = certificate();
    for (size_t at = 0; at < wire.length; at++) {
        const uint8_t kept = wire.bytes[at];
        for (unsigned value = 0; value < 256; value++) {
            struct es_ike_certificate found;
            es_time time;
            wire.bytes[at] = (uint8_t)value;
            es_ike_certificate_parse(es_cursor(wire.bytes, wire.length, wire.length), &found);
            es_ike_certificate_time(found.not_before, &time);
            struct es_text text;
            es_text_init(&text);
            es_text_add_dn(&text, found.subject);
            es_text_fini(&text);
        }
        wire.bytes[at] = kept;
    }
}

static bool time_of(const char *chars, es_time *out)
{
    return es_ike_certificate_time(es_cursor(chars, strlen(chars), strlen(chars)), out);
}

static void times_are_read_in_both_forms(void **state)
{
    (void)state;
    static const struct {
        const char *chars;
        int64_t seconds;
    } times[] = {
        {"700101000000Z",   0                  },
        {"000229120000Z",   INT64_C(951825600) }, /* a leap day */
        {"491231235959Z",   INT64_C(2524607999)},
        {"500101000000Z",   INT64_C(-631152000)},
        {"20240229000001Z", INT64_C(1709164801)},
        {"20500101000000Z", INT64_C(2524608000)},
    };
    for (size_t i = 0; i < ES_COUNT(times); i++) {
        es_time time = -1;
        assert_true(time_of(times[i].chars, &time));
        assert_int_equal(time, times[i].seconds * ES_SECOND);
    }
}

static void times_beyond_are_held_at_the_end_of_time(void **state)
{
    (void)state;
    es_time time = 0;
    assert_true(time_of("99991231235959Z", &time));
    assert_int_equal(time, ES_TIME_MAX);
    assert_true(time_of("00000101000000Z", &time));
    assert_int_equal(time, -ES_TIME_MAX);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "Z",
        "2611230000Z",
        "261123000000",
        "261123000000+",
        "2611x3000000Z",
        "261323000000Z",
        "260023000000Z",
        "20261123000000+0100Z",
    };
    for (size_t i = 0; i < ES_COUNT(wrong); i++) {
        es_time time = 7;
        assert_false(time_of(wrong[i], &time));
        assert_int_equal(time, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_says_what_it_is),
        cmocka_unit_test(every_prefix_is_refused),
        cmocka_unit_test(any_flipped_byte_is_read_or_refused),
        cmocka_unit_test(times_are_read_in_both_forms),
        cmocka_unit_test(times_beyond_are_held_at_the_end_of_time),
        cmocka_unit_test(what_is_no_time_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
