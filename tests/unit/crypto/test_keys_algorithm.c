/*
 * Algorithms by name, as all the tools spell them.
 */
#include "keys_form.h"
#include "unit.h"

#include "espial/registry.h"

static void ciphers_are_known_by_their_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t encr;
    } cases[] = {
        {"AES-CBC-128 [RFC3602]",                   ES_IKE_ENCR_AES_CBC           },
        {"AES-CBC [RFC3602]",                       ES_IKE_ENCR_AES_CBC           },
        {"AES-CBC",                                 ES_IKE_ENCR_AES_CBC           },
        {"AES_CBC_256",                             ES_IKE_ENCR_AES_CBC           },
        {"ENCR_AES_CBC",                            ES_IKE_ENCR_AES_CBC           },
        {"cbc(aes)",                                ES_IKE_ENCR_AES_CBC           },
        {"aes",                                     ES_IKE_ENCR_AES_CBC           },
        {"aes256",                                  ES_IKE_ENCR_AES_CBC           },
        {"aes-128-cbc",                             ES_IKE_ENCR_AES_CBC           },
        {"rijndael-cbc",                            ES_IKE_ENCR_AES_CBC           },
        {"TripleDES-CBC [RFC2451]",                 ES_IKE_ENCR_3DES              },
        {"TripleDes-CBC",                           ES_IKE_ENCR_3DES              },
        {"3DES [RFC2451]",                          ES_IKE_ENCR_3DES              },
        {"cbc(des3_ede)",                           ES_IKE_ENCR_3DES              },
        {"3des",                                    ES_IKE_ENCR_3DES              },
        {"3DES_CBC",                                ES_IKE_ENCR_3DES              },
        {"des-cbc",                                 ES_IKE_ENCR_DES               },
        {"rfc3686(ctr(aes))",                       ES_IKE_ENCR_AES_CTR           },
        {"AES-CTR [RFC3686]",                       ES_IKE_ENCR_AES_CTR           },
        {"AES_CTR_192",                             ES_IKE_ENCR_AES_CTR           },
        {"rfc4106(gcm(aes))",                       ES_IKE_ENCR_AES_GCM_16        },
        {"AES-GCM [RFC4106]",                       ES_IKE_ENCR_AES_GCM_16        },
        {"AES-GCM with 8 octet ICV [RFC4106]",      ES_IKE_ENCR_AES_GCM_8         },
        {"AES-GCM-256 with 12 octet ICV [RFC5282]", ES_IKE_ENCR_AES_GCM_12        },
        {"AES_GCM_16_256",                          ES_IKE_ENCR_AES_GCM_16        },
        {"AES_GCM_16",                              ES_IKE_ENCR_AES_GCM_16        },
        {"aes-gcm-128",                             ES_IKE_ENCR_AES_GCM_16        },
        {"aes256gcm16",                             ES_IKE_ENCR_AES_GCM_16        },
        {"aes_gcm_c",                               ES_IKE_ENCR_AES_GCM_16        },
        {"AES-CCM-128 with 12 octet ICV [RFC5282]", ES_IKE_ENCR_AES_CCM_12        },
        {"rfc4309(ccm(aes))",                       ES_IKE_ENCR_AES_CCM_16        },
        {"rfc4543(gcm(aes))",                       ES_IKE_ENCR_NULL_AUTH_AES_GMAC},
        {"rfc7539esp(chacha20,poly1305)",           ES_IKE_ENCR_CHACHA20_POLY1305 },
        {"CHACHA20_POLY1305_256",                   ES_IKE_ENCR_CHACHA20_POLY1305 },
        {"cbc(camellia)",                           ES_IKE_ENCR_CAMELLIA_CBC      },
        {"CAMELLIA_CBC_128",                        ES_IKE_ENCR_CAMELLIA_CBC      },
        {"NULL",                                    0                             },
        {"ecb(cipher_null)",                        0                             },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        uint16_t encr = 999;
        if (!es_word_encr(es_word_of(cases[i].name), &encr) || encr != cases[i].encr)
            fail_msg("%s is %u, not %u", cases[i].name, encr, cases[i].encr);
    }
}

static void integrity_is_known_by_its_spellings(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t integ;
        uint8_t icv;
    } cases[] = {
        {"HMAC_SHA1_96 [RFC2404]",                             ES_IKE_INTEG_HMAC_SHA1_96,      0 },
        {"HMAC-SHA-1-96 [RFC2404]",                            ES_IKE_INTEG_HMAC_SHA1_96,      0 },
        {"hmac(sha1)",                                         ES_IKE_INTEG_HMAC_SHA1_96,      0 },
        {"sha1",                                               ES_IKE_INTEG_HMAC_SHA1_96,      0 },
        {"AUTH_HMAC_SHA1_96",                                  ES_IKE_INTEG_HMAC_SHA1_96,      0 },
        {"sha1-96",                                            ES_IKE_INTEG_HMAC_SHA1_96,      0 },
        {"HMAC_SHA2_256_128 [RFC4868]",                        ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
        {"HMAC-SHA-256-128 [RFC4868]",                         ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
        {"hmac(sha256)",                                       ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
        {"sha-256-128",                                        ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
        {"HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]", ES_IKE_INTEG_HMAC_SHA2_256_128, 12},
        {"hmac(sha384)",                                       ES_IKE_INTEG_HMAC_SHA2_384_192, 0 },
        {"HMAC_SHA2_512_256",                                  ES_IKE_INTEG_HMAC_SHA2_512_256, 0 },
        {"hmac-md5",                                           ES_IKE_INTEG_HMAC_MD5_96,       0 },
        {"xcbc(aes)",                                          ES_IKE_INTEG_AES_XCBC_96,       0 },
        {"AES_XCBC_96",                                        ES_IKE_INTEG_AES_XCBC_96,       0 },
        {"cmac(aes)",                                          ES_IKE_INTEG_AES_CMAC_96,       0 },
        {"NONE [RFC4306]",                                     0,                              0 },
        {"null",                                               0,                              0 },
        {"ANY 96 bit authentication [no checking]",            0,                              12},
        {"ANY 256-bits of Authentication [No Checking]",       0,                              32},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct es_integ_name integ = {999, 99};
        if (!es_word_integ(es_word_of(cases[i].name), &integ) || integ.integ != cases[i].integ ||
            integ.icv_bytes != cases[i].icv)
            fail_msg("%s is %u with %u bytes", cases[i].name, integ.integ, integ.icv_bytes);
    }
}

static void nonsense_is_no_algorithm(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        "[]",
        "rot13",
        "aes512",
        "aes-cbc-129",
        "sha3",
        "AES-GCM-128-7",
        "aesaesaesaesaesaesaesaesaesaesaesaesaesaesaesaesaesaesaesaesaes"};
    uint16_t number;
    struct es_integ_name integ;
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        assert_false(es_word_encr(es_word_of(names[i]), &number));
        assert_false(es_word_integ(es_word_of(names[i]), &integ));
        assert_false(es_word_prf(es_word_of(names[i]), &number));
    }
}

static void an_icv_of_another_length_is_another_algorithm(void **state)
{
    (void)state;
    assert_int_equal(es_encr_with_icv(ES_IKE_ENCR_AES_GCM_16, 8), ES_IKE_ENCR_AES_GCM_8);
    assert_int_equal(es_encr_with_icv(ES_IKE_ENCR_AES_CCM_16, 12), ES_IKE_ENCR_AES_CCM_12);
    assert_int_equal(es_encr_with_icv(ES_IKE_ENCR_AES_GCM_16, 16), ES_IKE_ENCR_AES_GCM_16);
    assert_int_equal(es_encr_with_icv(ES_IKE_ENCR_AES_GCM_16, 10), 0);
    assert_int_equal(es_encr_with_icv(ES_IKE_ENCR_CHACHA20_POLY1305, 16),
                     ES_IKE_ENCR_CHACHA20_POLY1305);
    assert_int_equal(es_encr_with_icv(ES_IKE_ENCR_CHACHA20_POLY1305, 8), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ciphers_are_known_by_their_spellings),
        cmocka_unit_test(integrity_is_known_by_its_spellings),
        cmocka_unit_test(nonsense_is_no_algorithm),
        cmocka_unit_test(an_icv_of_another_length_is_another_algorithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
