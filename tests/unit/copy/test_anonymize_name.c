/*
 * Stand-ins for names, values and MAC addresses.
 */
#include "anonymize_name.h"
#include "unit.h"

#include <stdlib.h>
#include <strings.h>

static struct es_namer *namer_of(uint8_t first)
{
    const uint8_t key[ES_ANONYMIZE_KEY_BYTES] = {first, 1, 2, 3};
    struct es_namer *namer = es_namer_new(key);
    assert_non_null(namer);
    return namer;
}

static void named(struct es_namer *namer, const char *chars, char *out)
{
    strcpy(out, chars);
    es_name_text(namer, (uint8_t *)out, strlen(chars));
    assert_int_equal(strlen(out), strlen(chars));
}

/* Where the separators stand, and what is a letter, a digit. */
static void same_form(const char *a, const char *b)
{
    for (; *a; a++, b++) {
        if (*a >= 'a' && *a <= 'z')
            assert_true(*b >= 'a' && *b <= 'z');
        else if (*a >= 'A' && *a <= 'Z')
            assert_true(*b >= 'A' && *b <= 'Z');
        else if (*a >= '0' && *a <= '9')
            assert_true(*b >= '0' && *b <= '9');
        else
            assert_int_equal(*a, *b);
    }
}

static void names_keep_their_form_and_nothing_else(void **state)
{
    (void)state;
    static const char *const names[] = {"moon.strongswan.org", "vpn-gw01.example.com",
                                        "alice.smith@mail.example.com", "Branch Office 17",
                                        "203.0.113.77"};
    struct es_namer *namer = namer_of(1);
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        char first[64], second[64];
        named(namer, names[i], first);
        named(namer, names[i], second);
        assert_string_equal(first, second);
        assert_string_not_equal(first, names[i]);
        same_form(names[i], first);
    }
    es_namer_free(namer);
}

static void names_of_one_domain_stay_together(void **state)
{
    (void)state;
    struct es_namer *namer = namer_of(1);
    char moon[64], sun[64], user[64], upper[64], other[64];
    named(namer, "moon.example.org", moon);
    named(namer, "sun.example.org", sun);
    named(namer, "bob@example.org", user);
    named(namer, "MOON.Example.ORG", upper);
    named(namer, "moon.example.net", other);
    assert_string_equal(moon + 4, sun + 3);
    assert_string_equal(moon + 5, user + 4);
    assert_memory_not_equal(moon, sun, 3);
    assert_int_equal(strcasecmp(moon, upper), 0);
    assert_string_not_equal(moon + 4, other + 4);
    es_namer_free(namer);
}

static void another_key_gives_other_names(void **state)
{
    (void)state;
    struct es_namer *one = namer_of(1), *two = namer_of(2);
    char a[64], b[64];
    named(one, "moon.example.org", a);
    named(two, "moon.example.org", b);
    assert_string_not_equal(a, b);
    uint8_t mac_a[6] = {0, 0x1b, 0x21, 1, 2, 3}, mac_b[6] = {0, 0x1b, 0x21, 1, 2, 3};
    es_name_mac(one, mac_a);
    es_name_mac(two, mac_b);
    assert_memory_not_equal(mac_a, mac_b, sizeof(mac_a));
    es_namer_free(one);
    es_namer_free(two);
}

static void hosts_macs_change_and_groups_stay_groups(void **state)
{
    (void)state;
    static const uint8_t stay[][6] = {
        {0xff,  0xff, 0xff, 0xff, 0xff, 0xff    },
        {0    },
        {0x01, 0x80,     0xc2,      0,      0,  0x0e   },
        {0x01, 0,     0x5e,      0,         0,    0x12  },
        {0x33,    0x33,     0,      0,   0,1},
    };
    static const uint8_t change[][6] = {
        {0x00, 0x1b, 0x21, 1,    2,    3   },
        {0x02, 0x42, 0xac, 0x11, 0,    2   },
        {0x33, 0x33, 0xff, 0x12, 0x34, 0x56}, /* a solicited node's */
        {0x01, 0x00, 0x5e, 0x7f, 0x12, 0x34},
    };
    struct es_namer *namer = namer_of(1);
    for (size_t i = 0; i < ES_COUNT(stay); i++) {
        uint8_t mac[6];
        memcpy(mac, stay[i], sizeof(mac));
        es_name_mac(namer, mac);
        assert_memory_equal(mac, stay[i], sizeof(mac));
    }
    for (size_t i = 0; i < ES_COUNT(change); i++) {
        uint8_t mac[6];
        memcpy(mac, change[i], sizeof(mac));
        es_name_mac(namer, mac);
        assert_memory_not_equal(mac + 3, change[i] + 3, 3);
        assert_int_equal(mac[0] & 1, change[i][0] & 1);
        assert_int_equal(mac[0] & 2, 2);
    }
    es_namer_free(namer);
}

/* A name (C=DE, CN=moon.example.org) in a SEQUENCE with a serial number, times and a key. */
static const uint8_t der[] = {
    0x30, 0x56, 0x02, 0x04, 0x12, 0x34, 0x56, 0x78, 0x30, 0x28, 0x31, 0x0b, 0x30, 0x09, 0x06,
    0x03, 0x55, 0x04, 0x06, 0x13, 0x02, 'D',  'E',  0x31, 0x19, 0x30, 0x17, 0x06, 0x03, 0x55,
    0x04, 0x03, 0x0c, 0x10, 'm',  'o',  'o',  'n',  '.',  'e',  'x',  'a',  'm',  'p',  'l',
    'e',  '.',  'o',  'r',  'g',  0x17, 0x0d, '2',  '6',  '0',  '1',  '0',  '1',  '0',  '0',
    '0',  '0',  '0',  '0',  'Z',  0x03, 0x15, 0x00, 1,    2,    3,    4,    5,    6,    7,
    8,    9,    10,   11,   12,   13,   14,   15,   16,   17,   18,   19,   20,
};

static void a_certificate_keeps_structure_and_times(void **state)
{
    (void)state;
    enum { SERIAL = 4, COUNTRY = 21, CN = 34, OID_CN = 27, TIME = 52, KEY = 68 };
    struct es_namer *namer = namer_of(1);
    uint8_t bytes[sizeof(der)];
    memcpy(bytes, der, sizeof(der));
    es_name_der(namer, bytes, sizeof(bytes));
    char cn[64];
    named(namer, "moon.example.org", cn);
    assert_memory_equal(bytes + CN, cn, strlen(cn)); /* as where it is an identity */
    assert_memory_equal(bytes + OID_CN, der + OID_CN, CN - OID_CN);
    assert_memory_equal(bytes + TIME, der + TIME, 13);
    assert_memory_not_equal(bytes + SERIAL + 1, der + SERIAL + 1, 3);
    assert_int_equal(bytes[SERIAL], der[SERIAL]);
    assert_memory_not_equal(bytes + KEY, der + KEY, 20);
    es_namer_free(namer);
}

/* Whatever the lengths say: no byte beyond, and no end that is not reached. */
static void broken_der_is_replaced_to_its_end(void **state)
{
    (void)state;
    struct es_namer *namer = namer_of(1);
    for (size_t size = 0; size <= sizeof(der); size++) {
        for (size_t at = 0; at < size; at++) {
            uint8_t *bytes = malloc(size); /* its end is watched */
            assert_non_null(bytes);
            memcpy(bytes, der, size);
            bytes[at] = 0x83;
            es_name_der(namer, bytes, size);
            free(bytes);
        }
    }
    assert_false(es_namer_failed(namer));
    es_namer_free(namer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_keep_their_form_and_nothing_else),
        cmocka_unit_test(names_of_one_domain_stay_together),
        cmocka_unit_test(another_key_gives_other_names),
        cmocka_unit_test(hosts_macs_change_and_groups_stay_groups),
        cmocka_unit_test(a_certificate_keeps_structure_and_times),
        cmocka_unit_test(broken_der_is_replaced_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
