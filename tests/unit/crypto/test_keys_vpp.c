/*
 * VPP's `show ikev2 sa details`, with made-up keys.
 */
#include "keys_text.h"

#include "espial/registry.h"

static const char output[] =
    "iip 192.0.2.1 ispi fa0d1a5b21f9b4d2 rip 198.51.100.1 rspi 47d2bb7b1a1c2d3e\n"
    " encr:aes-cbc-256 prf:hmac-sha2-256  integ:sha-256-128  dh-group:modp-2048\n"
    " nonce i:" HEX32 "\n"
    "       r:" ALT32 "\n"
    " SK_d    " HEX32 "\n"
    " SK_a  i:" HEX32 "\n"
    "       r:" ALT32 "\n"
    " SK_e  i:" HEX32 "\n"
    "       r:" ALT32 "\n"
    " SK_p  i:" HEX32 "\n"
    "       r:" ALT32 "\n"
    " identifier (i) fqdn vpp.home\n"
    " identifier (r) fqdn roadwarrior.vpp\n"
    "   child sa 0:encr:aes-cbc-128  integ:sha1-96  esn:yes \n"
    "    spi(i) 8f7b2a11 spi(r) 1c2d3e4f\n"
    "    SK_e  i:" HEX16 "\n"
    "          r:" ALT16 "\n"
    "    SK_a  i:" HEX20 "\n"
    "          r:" ALT20 "\n"
    "    traffic selectors (i):0 type 7 protocol_id 0 addr 10.0.0.0 - 10.0.0.255 port 0 - 65535\n";

static void ike_and_child_are_read(void **state)
{
    (void)state;
    struct reading r = read_text(output);
    assert_true(r.done);
    assert_int_equal(r.found, 3);
    assert_int_equal(r.skipped, 0);
    const struct es_ike_keys *ike =
        es_keys_find_ike(r.keys, UINT64_C(0xfa0d1a5b21f9b4d2), UINT64_C(0x47d2bb7b1a1c2d3e));
    assert_int_equal(ike->encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(ike->prf, ES_IKE_PRF_HMAC_SHA2_256);
    assert_int_equal(ike->integ, ES_IKE_INTEG_HMAC_SHA2_256_128);
    assert_secret(&ike->sk_d, HEX32);
    assert_secret(&ike->sk_ai, HEX32);
    assert_secret(&ike->sk_ar, ALT32);
    assert_secret(&ike->sk_er, ALT32);
    const struct es_esp_keys *there = es_keys_find_esp(r.keys, 0x1c2d3e4f, right);
    const struct es_esp_keys *back = es_keys_find_esp(r.keys, 0x8f7b2a11, left);
    assert_memory_equal(there->source, left, 16);
    assert_memory_equal(back->source, right, 16);
    assert_secret(&there->encryption, HEX16);
    assert_secret(&there->integrity, HEX20);
    assert_secret(&back->encryption, ALT16);
    assert_int_equal(back->integ, ES_IKE_INTEG_HMAC_SHA1_96);
    assert_true(back->esn);
    es_keys_free(r.keys);
}

static void a_combined_mode_without_salt_is_counted(void **state)
{
    (void)state;
    struct reading r = read_text(" iip 192.0.2.1 ispi 1 rip 198.51.100.1 rspi 2\n"
                                 "   child sa 0:encr:aes-gcm-16-128  esn:no \n"
                                 "    spi(i) 100 spi(r) 101\n"
                                 "    SK_e  i:" HEX16 "\n"
                                 "          r:" ALT16 "\n");
    assert_true(r.done);
    assert_int_equal(r.found, 0);
    assert_int_equal(r.skipped, 2);
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
        cmocka_unit_test(ike_and_child_are_read),
        cmocka_unit_test(a_combined_mode_without_salt_is_counted),
        cmocka_unit_test(spoilt_output_returns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
