/*
 * Pseudorandom functions against published values.
 */
#include "unit.h"

#include "hex.h"

#include "espial/registry.h"

#define FIRST_16 "000102030405060708090a0b0c0d0e0f"
#define FIRST_20 FIRST_16 "10111213"
#define JEFE "4a656665"
#define WHAT "7768617420646f2079612077616e7420666f72206e6f7468696e673f"

static const struct {
    const char *source;
    uint16_t prf;
    const char *key, *text, *value;
} vectors[] = {
    {"RFC 2202, 2, case 2", ES_IKE_PRF_HMAC_MD5,      JEFE,                               WHAT,                                    "750c783e6ab0b503eaa86e310a5db738"},
    {"RFC 2202, 3, case 2", ES_IKE_PRF_HMAC_SHA1,     JEFE,                               WHAT,
     "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"                                                                                                                      },
    {"RFC 4231, 4.3",       ES_IKE_PRF_HMAC_SHA2_256, JEFE,                               WHAT,
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"                                                                                              },
    {"RFC 4231, 4.3",       ES_IKE_PRF_HMAC_SHA2_384, JEFE,                               WHAT,
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
     "8e2240ca5e69e2c78b3239ecfab21649"                                                                                                                              },
    {"RFC 4231, 4.3",       ES_IKE_PRF_HMAC_SHA2_512, JEFE,                               WHAT,
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
     "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"                                                                                              },
    {"RFC 3566, 4.6",       ES_IKE_PRF_AES128_XCBC,   FIRST_16,                           "",                                      "75f0251d528ac01c4573dfd584d79f29"},
    {"RFC 3566, 4.6",       ES_IKE_PRF_AES128_XCBC,   FIRST_16,                           "000102",
     "5b376580ae2f19afe7219ceef172756f"                                                                                                                              },
    {"RFC 3566, 4.6",       ES_IKE_PRF_AES128_XCBC,   FIRST_16,                           FIRST_16,
     "d2a246fa349b68a79998a4394ff7a263"                                                                                                                              },
    {"RFC 3566, 4.6",       ES_IKE_PRF_AES128_XCBC,   FIRST_16,                           FIRST_20,
     "47f51b4564966215b8985c63055ed308"                                                                                                                              },
    {"RFC 3566, 4.6",       ES_IKE_PRF_AES128_XCBC,   FIRST_16,                           FIRST_20 "1415161718191a1b1c1d1e1f",
     "f54f0ec8d2b9f3d36807734bd5283fd4"                                                                                                                              },
    {"RFC 3566, 4.6",       ES_IKE_PRF_AES128_XCBC,   FIRST_16,                           FIRST_20 "1415161718191a1b1c1d1e1f2021",
     "becbb3bccdb518a30677d5481fb6b4d8"                                                                                                                              },
    {"RFC 4434, 3",         ES_IKE_PRF_AES128_XCBC,   "00010203040506070809",             FIRST_20,
     "0fa087af7d866e7653434e602fdde835"                                                                                                                              },
    {"RFC 4434, 3",         ES_IKE_PRF_AES128_XCBC,   FIRST_16 "edcb",                    FIRST_20,
     "8cd3c93ae598a9803006ffb67c40e9e4"                                                                                                                              },
    {"RFC 4493, 4",         ES_IKE_PRF_AES128_CMAC,   "2b7e151628aed2a6abf7158809cf4f3c", "",
     "bb1d6929e95937287fa37d129b756746"                                                                                                                              },
    {"RFC 4493, 4",         ES_IKE_PRF_AES128_CMAC,   "2b7e151628aed2a6abf7158809cf4f3c",
     "6bc1bee22e409f96e93d7e117393172a",                                                                                           "070a16b46b4d4144f79bdd9dd04a287c"},
    {"RFC 4615, 4",         ES_IKE_PRF_AES128_CMAC,   FIRST_16 "edcb",                    FIRST_20,
     "84a348a4a45d235babfffc0d2b4da09a"                                                                                                                              },
    {"RFC 4615, 4",         ES_IKE_PRF_AES128_CMAC,   FIRST_16,                           FIRST_20,                                "980ae87b5f4c9c5214f5b6a8455e4c2d"},
    {"RFC 4615, 4",         ES_IKE_PRF_AES128_CMAC,   "00010203040506070809",             FIRST_20,
     "290d9e112edb09ee141fcf64c0b72f3d"                                                                                                                              },
};

static void published_vectors_come_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(vectors); i++) {
        const struct wire key = hex(vectors[i].key);
        const struct wire text = hex(vectors[i].text);
        const struct wire value = hex(vectors[i].value);
        uint8_t out[ES_PRF_BYTES_MAX];
        /* In two parts, split anywhere. */
        for (size_t split = 0; split <= text.length; split++) {
            const struct es_bytes parts[] = {
                {text.bytes,         split              },
                {text.bytes + split, text.length - split},
            };
            const size_t size = es_prf(vectors[i].prf, bytes_of(&key), parts, 2, out);
            if (size != value.length || memcmp(out, value.bytes, size) != 0)
                fail_msg("%s, split at %zu", vectors[i].source, split);
        }
    }
}

/* RFC 7296, 2.13. */
static void prf_plus_is_a_chain(void **state)
{
    (void)state;
    const struct wire key = hex(FIRST_20);
    const struct wire seed = hex(WHAT);
    uint8_t out[70];
    uint8_t one[ES_PRF_BYTES_MAX];
    uint8_t two[ES_PRF_BYTES_MAX];
    const uint8_t counters[] = {1, 2};
    const struct es_bytes seeds[] = {bytes_of(&seed)};
    assert_true(es_prf_plus(ES_IKE_PRF_HMAC_SHA2_256, bytes_of(&key), seeds, 1, out, sizeof(out)));
    const struct es_bytes first[] = {
        seeds[0], {&counters[0], 1}
    };
    assert_int_equal(es_prf(ES_IKE_PRF_HMAC_SHA2_256, bytes_of(&key), first, 2, one), 32);
    const struct es_bytes second[] = {
        {one,          32},
        seeds[0], {&counters[1], 1 }
    };
    assert_int_equal(es_prf(ES_IKE_PRF_HMAC_SHA2_256, bytes_of(&key), second, 3, two), 32);
    assert_memory_equal(out, one, 32);
    assert_memory_equal(out + 32, two, 32);
    assert_false(es_prf_plus(4711, bytes_of(&key), seeds, 1, out, sizeof(out)));
}

static void unknown_functions_give_nothing(void **state)
{
    (void)state;
    uint8_t out[ES_PRF_BYTES_MAX];
    const struct wire key = hex(FIRST_16);
    assert_int_equal(es_prf(ES_IKE_PRF_HMAC_TIGER, bytes_of(&key), NULL, 0, out), 0);
    assert_int_equal(es_prf_digest(ES_IKE_PRF_AES128_XCBC, NULL, 0, out), 0);
    assert_int_equal(es_prf_digest(ES_IKE_PRF_HMAC_SHA1, NULL, 0, out), 20);
    assert_int_equal(out[0], 0xda);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_come_out),
        cmocka_unit_test(prf_plus_is_a_chain),
        cmocka_unit_test(unknown_functions_give_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
