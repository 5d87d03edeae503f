/*
 * Ciphers and integrity checks against published vectors. (CCM with the eleven-byte nonces of
 * IPsec has none: its values are of an implementation written from RFC 3610.)
 */
#include "unit.h"

#include "edge.h"
#include "hex.h"

#include "espial/registry.h"

#define AES_TEXT "53696e676c6520626c6f636b206d7367"         /* Single block msg */
#define CCM_TEXT "636f756e7465722077697468204342432d4d4143" /* counter with CBC-MAC */
#define CCM_KEY "000102030405060708090a0b0c0d0e0f a0a1a2"
#define CCM_IV "1011121314151617"
#define CCM_CIPHERTEXT "adc50f139499789081a6bc57faaeb67a5001cc7d"
#define ESP_HEAD "01020304 00000005"
#define GCM_TEXT                                                                                   \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"                             \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define GCM_CIPHERTEXT                                                                             \
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"                             \
    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"

static const struct vector {
    const char *source;
    uint16_t encr;
    const char *key, *head, *body, *text;
} vectors[] = {
    {"RFC 3602, 4, case 1",   ES_IKE_ENCR_AES_CBC,           "06a9214036b8a15b512e03d534120006",                 "",
     "3dafba429d9eb430b422da802c9fac41 e353779c1079aeb82708942dbe77181a",                                                                                                                        AES_TEXT                          },
    {"RFC 3686, 6, vector 1", ES_IKE_ENCR_AES_CTR,           "ae6852f8121067cc4bf7a5765577f39e 00000030",        "",
     "0000000000000000 e4095d4fb7a7b3792d6175a3261311b8",                                                                                                                                        AES_TEXT                          },
    {"NIST GCM, test case 4", ES_IKE_ENCR_AES_GCM_16,        "feffe9928665731c6d6a8f9467308308 cafebabe",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",                                                                           "facedbaddecaf888" GCM_CIPHERTEXT "5bc94fbc3221a5db94fae95ae7121a47", GCM_TEXT                          },
    {"the same, cut",         ES_IKE_ENCR_AES_GCM_12,        "feffe9928665731c6d6a8f9467308308 cafebabe",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",                                                                           "facedbaddecaf888" GCM_CIPHERTEXT "5bc94fbc3221a5db94fae95a",         GCM_TEXT                          },
    {"the same, cut",         ES_IKE_ENCR_AES_GCM_8,         "feffe9928665731c6d6a8f9467308308 cafebabe",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",                                                                           "facedbaddecaf888" GCM_CIPHERTEXT "5bc94fbc3221a5db",                 GCM_TEXT                          },
    {"RFC 3610",              ES_IKE_ENCR_AES_CCM_8,         CCM_KEY,                                            ESP_HEAD, CCM_IV CCM_CIPHERTEXT "e1467147315ff275",
     CCM_TEXT                                                                                                                                                                                                                      },
    {"RFC 3610",              ES_IKE_ENCR_AES_CCM_12,        CCM_KEY,                                            ESP_HEAD,
     CCM_IV CCM_CIPHERTEXT "76653fd62379266d2036dbdc",                                                                                                                                           CCM_TEXT                          },
    {"RFC 3610",              ES_IKE_ENCR_AES_CCM_16,        CCM_KEY,                                            ESP_HEAD,
     CCM_IV CCM_CIPHERTEXT "595381434e780754f4e90a9a3dd13b15",                                                                                                                                   CCM_TEXT                          },
    {"RFC 7634, A.1",         ES_IKE_ENCR_CHACHA20_POLY1305,
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f a0a1a2a3",                                ESP_HEAD,
     "1011121314151617"
     "24039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c6"
     "14ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3"
     "cbec163fac469b502773f6fb94e664da9165b82829f641e0"
     "76aaa8266b7fb0f7b11b369907e1ad43",                                                                                                                                                         "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec10"
     "0007362708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223"
     "2425262728292a2b2c2d2e2f3031323334353637"
     "01020204"                                                                                                                                                                            },
    {"NIST SP 800-67, B.1",   ES_IKE_ENCR_3DES,              "0123456789abcdef23456789abcdef01456789abcdef0123",
     "",                                                                                                                   "0000000000000000 a826fd8ce53b855f",                                  "5468652071756663"                },
    {"FIPS 81, B.1",          ES_IKE_ENCR_DES,               "0123456789abcdef",                                 "",       "0000000000000000 3fa40e8a984d4815",
     "4e6f772069732074"                                                                                                                                                                                                            },
    {"RFC 3713, A",           ES_IKE_ENCR_CAMELLIA_CBC,      "0123456789abcdeffedcba9876543210",                 "",
     "00000000000000000000000000000000 67673138549669730857065648eabe43",                                                                                                                        "0123456789abcdeffedcba9876543210"},
    {"RFC 5528, 4, vector 1", ES_IKE_ENCR_CAMELLIA_CTR,      "ae6852f8121067cc4bf7a5765577f39e 00000030",
     "",                                                                                                                   "0000000000000000 d09dc29a8214619a20877c76db1f0b3f",                  AES_TEXT                          },
    {"RFC 2410",              ES_IKE_ENCR_NULL,              "",                                                 "",       "00010203",                                                           "00010203"                        },
};

static struct es_cipher *cipher_of(uint16_t encr, const struct wire *key)
{
    const struct es_cipher_keys keys = {.encr = encr, .encryption = bytes_of(key)};
    return es_cipher_new(&keys);
}

static void published_vectors_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(vectors); i++) {
        const struct vector *v = &vectors[i];
        const struct wire key = hex(v->key);
        const struct wire head = hex(v->head);
        const struct wire body = hex(v->body);
        const struct wire text = hex(v->text);
        struct es_cipher *cipher = cipher_of(v->encr, &key);
        assert_non_null(cipher);
        const struct es_sealed sealed = {.head = bytes_of(&head), .body = bytes_of(&body)};
        uint8_t out[WIRE_BYTES_MAX];
        /* Twice: what a cipher remembers of a packet must not matter for the next. */
        for (int k = 0; k < 2; k++) {
            size_t size = 0;
            if (es_cipher_open(cipher, &sealed, out, &size) != ES_CRYPT_OK)
                fail_msg("%s does not open", v->source);
            assert_int_equal(size, text.length);
            assert_memory_equal(out, text.bytes, size);
        }
        es_cipher_free(cipher);
    }
}

/* Every one-bit change of head, IV, ciphertext and ICV is noticed by a combined mode. */
static void spoilt_bits_are_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(vectors); i++) {
        const struct vector *v = &vectors[i];
        const struct wire key = hex(v->key);
        struct wire head = hex(v->head);
        struct wire body = hex(v->body);
        struct es_cipher *cipher = cipher_of(v->encr, &key);
        assert_non_null(cipher);
        const struct es_sealed sealed = {.head = bytes_of(&head), .body = bytes_of(&body)};
        uint8_t out[WIRE_BYTES_MAX];
        size_t size;
        for (size_t bit = 0; es_cipher_checks(cipher) && bit < 8 * body.length; bit++) {
            body.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_int_equal(es_cipher_open(cipher, &sealed, out, &size), ES_CRYPT_ICV);
            assert_int_equal(size, 0);
            body.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        for (size_t bit = 0; es_cipher_checks(cipher) && bit < 8 * head.length; bit++) {
            head.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_int_equal(es_cipher_open(cipher, &sealed, out, &size), ES_CRYPT_ICV);
            head.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        es_cipher_free(cipher);
    }
}

/* Bodies of any length, each at the edge of an unmapped page: refused, or checked. */
static void no_length_is_read_beyond(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(vectors); i++) {
        const struct vector *v = &vectors[i];
        const struct wire key = hex(v->key);
        const struct wire body = hex(v->body);
        struct es_cipher *cipher = cipher_of(v->encr, &key);
        assert_non_null(cipher);
        for (size_t length = 0; length < body.length; length++) {
            const struct es_sealed sealed = {
                .body = {edge_place(body.bytes, length), length}
            };
            uint8_t out[WIRE_BYTES_MAX];
            size_t size;
            const enum es_crypt result = es_cipher_open(cipher, &sealed, out, &size);
            assert_true(result != ES_CRYPT_OK || !es_cipher_checks(cipher));
            assert_true(size <= length);
        }
        es_cipher_free(cipher);
    }
}

/* The ICV over head, body and tail; RFC 4231's, 3566's and 4493's values stand in test_prf.c. */
static void separate_icvs_are_checked(void **state)
{
    (void)state;
    static const struct {
        uint16_t integ, prf;
        uint8_t key, icv, given;
    } cases[] = {
        {ES_IKE_INTEG_HMAC_MD5_96,       ES_IKE_PRF_HMAC_MD5,      16, 12, 0 },
        {ES_IKE_INTEG_HMAC_MD5_128,      ES_IKE_PRF_HMAC_MD5,      16, 16, 0 },
        {ES_IKE_INTEG_HMAC_SHA1_96,      ES_IKE_PRF_HMAC_SHA1,     20, 12, 0 },
        {ES_IKE_INTEG_HMAC_SHA1_160,     ES_IKE_PRF_HMAC_SHA1,     20, 20, 0 },
        {ES_IKE_INTEG_AES_XCBC_96,       ES_IKE_PRF_AES128_XCBC,   16, 12, 0 },
        {ES_IKE_INTEG_AES_CMAC_96,       ES_IKE_PRF_AES128_CMAC,   16, 12, 0 },
        {ES_IKE_INTEG_HMAC_SHA2_256_128, ES_IKE_PRF_HMAC_SHA2_256, 32, 16, 0 },
        {ES_IKE_INTEG_HMAC_SHA2_256_128, ES_IKE_PRF_HMAC_SHA2_256, 32, 12, 12},
        {ES_IKE_INTEG_HMAC_SHA2_384_192, ES_IKE_PRF_HMAC_SHA2_384, 48, 24, 0 },
        {ES_IKE_INTEG_HMAC_SHA2_512_256, ES_IKE_PRF_HMAC_SHA2_512, 64, 32, 0 },
    };
    const struct wire head = hex(ESP_HEAD);
    const struct wire tail = hex("00000001");
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct wire key = {0};
        struct wire body = hex("0badcafe 11223344");
        const size_t text = body.length;
        wire_fill(&key, 0x4b, cases[i].key);
        const struct es_bytes parts[] = {bytes_of(&head), bytes_of(&body), bytes_of(&tail)};
        uint8_t icv[ES_PRF_BYTES_MAX];
        assert_true(es_prf(cases[i].prf, bytes_of(&key), parts, 3, icv) >= cases[i].icv);
        wire_bytes(&body, icv, cases[i].icv);

        const struct es_cipher_keys keys = {
            .integ = cases[i].integ, .icv_bytes = cases[i].given, .integrity = bytes_of(&key)};
        assert_int_equal(es_integ_key_bytes(cases[i].integ), cases[i].key);
        struct es_cipher *cipher = es_cipher_new(&keys);
        assert_non_null(cipher);
        assert_true(es_cipher_checks(cipher));
        struct es_sealed sealed = {bytes_of(&head), bytes_of(&body), bytes_of(&tail)};
        uint8_t out[WIRE_BYTES_MAX];
        size_t size;
        assert_int_equal(es_cipher_open(cipher, &sealed, out, &size), ES_CRYPT_OK);
        assert_int_equal(size, text);
        assert_memory_equal(out, body.bytes, text);
        body.bytes[body.length - 1] ^= 1;
        assert_int_equal(es_cipher_open(cipher, &sealed, out, &size), ES_CRYPT_ICV);
        body.bytes[body.length - 1] ^= 1;
        sealed.tail.size = 0;
        assert_int_equal(es_cipher_open(cipher, &sealed, out, &size), ES_CRYPT_ICV);
        es_cipher_free(cipher);
    }
}

static void an_icv_without_key_is_stepped_over(void **state)
{
    (void)state;
    const struct wire body = hex("0badcafe 000000000000000000000000");
    const struct es_cipher_keys keys = {.icv_bytes = 12};
    struct es_cipher *cipher = es_cipher_new(&keys);
    assert_non_null(cipher);
    assert_false(es_cipher_checks(cipher));
    const struct es_sealed sealed = {.body = bytes_of(&body)};
    uint8_t out[WIRE_BYTES_MAX];
    size_t size;
    assert_int_equal(es_cipher_open(cipher, &sealed, out, &size), ES_CRYPT_OK);
    assert_int_equal(size, 4);
    es_cipher_free(cipher);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    struct wire key = {0};
    assert_null(cipher_of(ES_IKE_ENCR_AES_CBC, &key));
    wire_fill(&key, 1, 17);
    assert_null(cipher_of(ES_IKE_ENCR_AES_CBC, &key));
    assert_null(cipher_of(ES_IKE_ENCR_AES_GCM_16, &key));
    assert_null(cipher_of(ES_IKE_ENCR_KUZNYECHIK_MGM_KTREE, &key));
    assert_null(cipher_of(4711, &key));
    const struct es_cipher_keys keys = {.integ = ES_IKE_INTEG_HMAC_SHA1_96,
                                        .integrity = bytes_of(&key)};
    assert_null(es_cipher_new(&keys));
    const struct es_cipher_keys unknown = {
        .integ = 4711, .icv_bytes = 12, .integrity = bytes_of(&key)};
    assert_null(es_cipher_new(&unknown));
    es_cipher_free(NULL);
}

static void blocks_decrypt_with_an_iv_from_elsewhere(void **state)
{
    (void)state;
    const struct wire key = hex(vectors[0].key);
    const struct wire body = hex(vectors[0].body);
    const struct wire text = hex(vectors[0].text);
    struct es_cipher *cipher = cipher_of(ES_IKE_ENCR_AES_CBC, &key);
    assert_non_null(cipher);
    uint8_t out[16];
    assert_int_equal(es_cipher_block_bytes(cipher), 16);
    assert_true(es_cipher_decrypt(cipher, body.bytes, (struct es_bytes){body.bytes + 16, 16}, out));
    assert_memory_equal(out, text.bytes, sizeof(out));
    assert_false(
        es_cipher_decrypt(cipher, body.bytes, (struct es_bytes){body.bytes + 16, 15}, out));
    es_cipher_free(cipher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_vectors_open),
        cmocka_unit_test(spoilt_bits_are_noticed),
        cmocka_unit_test(no_length_is_read_beyond),
        cmocka_unit_test(separate_icvs_are_checked),
        cmocka_unit_test(an_icv_without_key_is_stepped_over),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(blocks_decrypt_with_an_iv_from_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
