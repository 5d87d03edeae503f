/*
 * The files of tcpdump -E.
 */
#include "keys_text.h"

#include "espial/registry.h"

static const char file[] =
    "# lab keys\n"
    "0x12345678@198.51.100.1 3des-cbc-hmac96:0x" HEX24 "\n"
    "0xd1234567@192.0.2.1 aes128-cbc:0x" HEX16 "\n"
    "ikev2 I 0x0001020304050607 0xc02e7a3031a03188 sha1:0x" HEX20 " aes128:0x" HEX16 "\n"
    "ikev2 R 0x0001020304050607 0xc02e7a3031a03188 sha1:0x" ALT20 " aes128:0x" ALT16 "\n";

static void both_kinds_are_read(void **state)
{
    (void)state;
    struct reading r = read_text(file);
    assert_true(r.done);
    assert_int_equal(r.found, 4);
    assert_int_equal(r.skipped, 0);
    const struct es_esp_keys *esp = es_keys_find_esp(r.keys, 0x12345678, right);
    assert_int_equal(esp->encr, ES_IKE_ENCR_3DES);
    assert_int_equal(esp->integ, 0);
    assert_int_equal(esp->icv_bytes, 12);
    assert_memory_equal(esp->source, nowhere, 16);
    assert_secret(&esp->encryption, HEX24);
    esp = es_keys_find_esp(r.keys, 0xd1234567, left);
    assert_int_equal(esp->encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(esp->icv_bytes, 0);
    assert_int_equal(es_keys_ike_count(r.keys), 1);
    const struct es_ike_keys *ike =
        es_keys_find_ike(r.keys, UINT64_C(0x0001020304050607), UINT64_C(0xc02e7a3031a03188));
    assert_int_equal(ike->major, 2);
    assert_int_equal(ike->encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(ike->integ, ES_IKE_INTEG_HMAC_SHA1_96);
    assert_secret(&ike->sk_ai, HEX20);
    assert_secret(&ike->sk_ei, HEX16);
    assert_secret(&ike->sk_ar, ALT20);
    assert_secret(&ike->sk_er, ALT16);
    es_keys_free(r.keys);
}

static void wrong_lines_are_counted(void **state)
{
    (void)state;
    struct reading r = read_text("0x12345678@198.51.100.1 aes128-cbc:0x" HEX24 "0102\n"
                                 "0x12345679@198.51.100.1 enigma:0x" HEX24 "\n"
                                 "0x1234567a@198.51.100.1\n"
                                 "ikev2 I 0x01 0x02 sha1:0x" HEX20 "\n");
    assert_true(r.done);
    assert_int_equal(r.found, 0);
    assert_int_equal(r.skipped, 4);
    es_keys_free(r.keys);
}

static void spoilt_files_return(void **state)
{
    (void)state;
    spoil(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds_are_read),
        cmocka_unit_test(wrong_lines_are_counted),
        cmocka_unit_test(spoilt_files_return),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
