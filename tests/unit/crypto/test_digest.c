/*
 * Hashes.
 */
#include "unit.h"

#include "espial/base.h"
#include "espial/crypto.h"

static void abc_hashes_to_the_published_values(void **state)
{
    (void)state;
    static const struct {
        enum es_digest algorithm;
        size_t length;
        const char *hex; /* first bytes: RFC 1321, A.5; FIPS 180-2, appendices */
    } cases[] = {
        {ES_DIGEST_MD5,    16, "900150983cd24fb0d6963f7d28e17f72"        },
        {ES_DIGEST_SHA1,   20, "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {ES_DIGEST_SHA256, 32, "ba7816bf8f01cfea414140de5dae2223"        },
        {ES_DIGEST_SHA384, 48, "cb00753f45a35e8bb5a03d699ac65007"        },
        {ES_DIGEST_SHA512, 64, "ddaf35a193617abacc417349ae204131"        },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        uint8_t out[ES_DIGEST_BYTES_MAX];
        assert_int_equal(es_digest(cases[i].algorithm, "abc", 3, out), cases[i].length);
        struct es_text hex;
        es_text_init(&hex);
        es_text_add_hex(&hex, out, strlen(cases[i].hex) / 2);
        assert_string_equal(es_text_chars(&hex), cases[i].hex);
        es_text_fini(&hex);
    }
}

static void nothing_hashes_too(void **state)
{
    (void)state;
    uint8_t out[ES_DIGEST_BYTES_MAX];
    assert_int_equal(es_digest(ES_DIGEST_SHA1, NULL, 0, out), 20);
    assert_int_equal(out[0], 0xda);
    assert_int_equal(out[19], 0x09);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(abc_hashes_to_the_published_values),
        cmocka_unit_test(nothing_hashes_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
