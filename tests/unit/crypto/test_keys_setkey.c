/*
 * `setkey -D`: in the shape of ipsec-tools' output, with made-up keys.
 */
#include "keys_text.h"

#include "espial/registry.h"

static const char output[] =
    "192.0.2.1 198.51.100.1 \n"
    "\tesp mode=tunnel spi=79772695(0x04c13c17) reqid=0(0x00000000)\n"
    "\tE: rijndael-cbc  00010203 04050607 08090a0b 0c0d0e0f\n"
    "\tA: hmac-md5  f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff\n"
    "\tseq=0x00000000 replay=4 flags=0x00000000 state=mature \n"
    "\tcreated: Nov 20 10:36:12 2003\tcurrent: Nov 20 10:36:41 2003\n"
    "198.51.100.1[4500] 192.0.2.1[4500] \n"
    "\tesp-udp mode=any spi=59236043(0x0387decb) reqid=0(0x00000000)\n"
    "\tE: 3des-cbc  00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617\n"
    "\tA: hmac-sha1  f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff e0e1e2e3\n";

static void associations_are_read(void **state)
{
    (void)state;
    struct reading r = read_text(output);
    assert_true(r.done);
    assert_int_equal(r.found, 2);
    assert_int_equal(r.skipped, 0);
    const struct es_esp_keys *esp = es_keys_find_esp(r.keys, 0x04c13c17, right);
    assert_memory_equal(esp->source, left, 16);
    assert_int_equal(esp->encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(esp->integ, ES_IKE_INTEG_HMAC_MD5_96);
    assert_secret(&esp->encryption, HEX16);
    assert_secret(&esp->integrity, ALT16);
    esp = es_keys_find_esp(r.keys, 0x0387decb, left);
    assert_memory_equal(esp->source, right, 16);
    assert_int_equal(esp->encr, ES_IKE_ENCR_3DES);
    assert_secret(&esp->encryption, HEX24);
    assert_secret(&esp->integrity, ALT20);
    es_keys_free(r.keys);
}

static void wrong_keys_are_counted(void **state)
{
    (void)state;
    struct reading r = read_text("192.0.2.1 198.51.100.1\n"
                                 "\tesp mode=tunnel spi=1(0x00000001) reqid=0(0x00000000)\n"
                                 "\tE: rijndael-cbc  00010203 0405\n"
                                 "192.0.2.1 198.51.100.1\n"
                                 "\tah mode=tunnel spi=2(0x00000002) reqid=0(0x00000000)\n"
                                 "\tA: hmac-md5  f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff\n");
    assert_true(r.done);
    assert_int_equal(r.found, 0);
    assert_int_equal(r.skipped, 1);
    es_keys_free(r.keys);
}

static void spoilt_output_returns(void **state)
{
    (void)state;
    spoil(output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(associations_are_read),
        cmocka_unit_test(wrong_keys_are_counted),
        cmocka_unit_test(spoilt_output_returns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
