/*
 * Wireshark's tables.
 */
#include "keys_text.h"

#include "espial/registry.h"

#define SHA1_ROW                                                                                   \
    "8001020304050607,debc583a8f40d0cf," HEX16 "," ALT16 ",\"AES-CBC-128 [RFC3602]\"," HEX20       \
    "," ALT20 ",\"HMAC_SHA1_96 [RFC2404]\"\n"
#define CCM_ROW                                                                                    \
    "ea684d21597afd36,d9fe2ab22dac23ac," HEX16 "aabbcc," ALT16                                     \
    "ddeeff,\"AES-CCM-128 with 12 octet ICV [RFC5282]\",,,\"NONE [RFC4306]\"\n"
#define V1_ROW "8001020304050607," HEX24 "\n"
#define ESP_ROW                                                                                    \
    "\"IPv4\",\"192.0.2.1\",\"198.51.100.1\",\"0xd1234567\",\"AES-CBC [RFC3602]\",\"0x" HEX32      \
    "\",\"HMAC-SHA-256-128 [RFC4868]\",\"0x" ALT32 "\"\n"

static void ikev2_rows_are_read(void **state)
{
    (void)state;
    struct reading r = read_text("# made by hand\n" SHA1_ROW CCM_ROW);
    assert_true(r.done);
    assert_int_equal(r.found, 2);
    assert_int_equal(r.skipped, 0);
    const struct es_ike_keys *ike =
        es_keys_find_ike(r.keys, UINT64_C(0x8001020304050607), UINT64_C(0xdebc583a8f40d0cf));
    assert_int_equal(ike->major, 2);
    assert_int_equal(ike->encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(ike->integ, ES_IKE_INTEG_HMAC_SHA1_96);
    assert_secret(&ike->sk_ei, HEX16);
    assert_secret(&ike->sk_er, ALT16);
    assert_secret(&ike->sk_ai, HEX20);
    assert_secret(&ike->sk_ar, ALT20);
    ike = es_keys_find_ike(r.keys, UINT64_C(0xea684d21597afd36), UINT64_C(0xd9fe2ab22dac23ac));
    assert_int_equal(ike->encr, ES_IKE_ENCR_AES_CCM_12);
    assert_int_equal(ike->integ, 0);
    assert_int_equal(ike->sk_ei.length, 19);
    es_keys_free(r.keys);
}

static void ikev1_rows_are_read_and_fit_any_responder(void **state)
{
    (void)state;
    struct reading r = read_text(V1_ROW);
    assert_int_equal(r.found, 1);
    const struct es_ike_keys *ike = es_keys_find_ike(r.keys, UINT64_C(0x8001020304050607), 99);
    assert_int_equal(ike->major, 1);
    assert_int_equal(ike->encr, 0);
    assert_secret(&ike->sk_ei, HEX24);
    es_keys_free(r.keys);
}

static void esp_rows_are_read(void **state)
{
    (void)state;
    struct reading r = read_text(ESP_ROW);
    assert_int_equal(r.found, 1);
    const struct es_esp_keys *esp = es_keys_find_esp(r.keys, 0xd1234567, right);
    assert_memory_equal(esp->source, left, 16);
    assert_memory_equal(esp->destination, right, 16);
    assert_int_equal(esp->encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(esp->integ, ES_IKE_INTEG_HMAC_SHA2_256_128);
    assert_int_equal(esp->icv_bytes, 0);
    assert_false(esp->esn);
    assert_false(esp->derived);
    assert_secret(&esp->encryption, HEX32);
    assert_secret(&esp->integrity, ALT32);
    es_keys_free(r.keys);
}

static void any_authentication_gives_only_its_length(void **state)
{
    (void)state;
    struct reading r = read_text(
        "\"IPv4\",\"192.0.2.1\",\"198.51.100.1\",\"0x1000\",\"TripleDES-CBC [RFC2451]\",\"0x" HEX24
        "\",\"ANY 96 bit authentication [no checking]\",\"\"\r\n"
        "\"IPv6\",\"*\",\"2001:db8::1\",\"0x1001\",\"AES-GCM [RFC4106]\",\"0x" HEX36
        "\",\"ANY 64 bit authentication [no checking]\",\"0x\"\r\n");
    assert_int_equal(r.found, 2);
    const struct es_esp_keys *esp = es_keys_find_esp(r.keys, 0x1000, right);
    assert_int_equal(esp->encr, ES_IKE_ENCR_3DES);
    assert_int_equal(esp->integ, 0);
    assert_int_equal(esp->icv_bytes, 12);
    esp = es_keys_find_esp(r.keys, 0x1001, right);
    assert_int_equal(esp->encr, ES_IKE_ENCR_AES_GCM_8);
    assert_int_equal(esp->icv_bytes, 0);
    assert_memory_equal(esp->source, nowhere, 16);
    assert_int_equal(esp->destination[0], 0x20);
    es_keys_free(r.keys);
}

static void wild_cards_and_wide_sequence_numbers_are_read(void **state)
{
    (void)state;
    struct reading r =
        read_text("\"IPv4\",\"*\",\"*\",\"*\",\"AES-CTR [RFC3686]\",\"0x" HEX20
                  "\",\"HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]\",\"0x" HEX32
                  "\",\"64-bit\",\"1\"\n");
    assert_int_equal(r.found, 1);
    const struct es_esp_keys *esp = es_keys_find_esp(r.keys, 4711, left);
    assert_true(esp->esn);
    assert_int_equal(esp->integ, ES_IKE_INTEG_HMAC_SHA2_256_128);
    assert_int_equal(esp->icv_bytes, 12);
    es_keys_free(r.keys);
}

static void wrong_rows_are_counted(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "8001020304050607,debc583a8f40d0cf," HEX16 "," ALT16 ",\"ROT-13\"," HEX20 "," ALT20
        ",\"HMAC_SHA1_96 [RFC2404]\"\n",
        "8001020304050607,debc583a8f40d0cf," HEX20 "," ALT20 ",\"AES-CBC-128 [RFC3602]\"," HEX20
        "," ALT20 ",\"HMAC_SHA1_96 [RFC2404]\"\n",
        "8001020304050607,debc583a8f40d0cf," HEX16 "," ALT16 ",\"AES-CBC-128 [RFC3602]\"," HEX20
        ",xyz,\"HMAC_SHA1_96 [RFC2404]\"\n",
        "8001020304050607,0000000000000000," HEX16 "," ALT16 ",\"AES-CBC-128 [RFC3602]\"," HEX20
        "," ALT20 ",\"HMAC_SHA1_96 [RFC2404]\"\n",
        "8001020304050607,debc583a8f40d0cf\n",
        "what is this\n",
    };
    for (size_t i = 0; i < ES_COUNT(rows); i++) {
        char text[2048];
        snprintf(text, sizeof(text), "%s%s%s", CCM_ROW, rows[i], SHA1_ROW);
        struct reading r = read_text(text);
        assert_true(r.done);
        assert_int_equal(r.found, 2);
        assert_int_equal(r.skipped, 1);
        es_keys_free(r.keys);
    }
}

static void spoilt_tables_return(void **state)
{
    (void)state;
    spoil(SHA1_ROW CCM_ROW);
    spoil(V1_ROW);
    spoil(ESP_ROW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ikev2_rows_are_read),
        cmocka_unit_test(ikev1_rows_are_read_and_fit_any_responder),
        cmocka_unit_test(esp_rows_are_read),
        cmocka_unit_test(any_authentication_gives_only_its_length),
        cmocka_unit_test(wild_cards_and_wide_sequence_numbers_are_read),
        cmocka_unit_test(wrong_rows_are_counted),
        cmocka_unit_test(spoilt_tables_return),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
