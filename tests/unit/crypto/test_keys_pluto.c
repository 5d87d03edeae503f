/*
 * pluto's log: in the shape of libreswan 4's with plutodebug=private, with made-up keys.
 */
#include "keys_text.h"

#include "espial/registry.h"

#define DUMP16 "|   00 01 02 03  04 05 06 07  08 09 0a 0b  0c 0d 0e 0f   \n"
#define DUMP16_ALT "|   f0 f1 f2 f3  f4 f5 f6 f7  f8 f9 fa fb  fc fd fe ff   \n"
#define TAIL "|   10 11 12 13   \n"
#define TAIL_ALT "|   e0 e1 e2 e3   \n"

static const char log_text[] =
    "| ikev2 I 0xba1143d176e1557b 0xb62a3c712fd1f26a sha256:0x" HEX32 " aes256:0x" HEX32 "\n"
    "Aug 19 10:00:00.123456: | ikev2 R 0xba1143d176e1557b 0xb62a3c712fd1f26a sha256:0x" ALT32
    " aes256:0x" ALT32 "\n"
    "| our  keymat\n" DUMP16 DUMP16 TAIL "| peer keymat\n" DUMP16_ALT DUMP16_ALT TAIL_ALT
    "| ESP enckey:\n" DUMP16_ALT
    "\"east\" #2: IPsec tunnel established {ESP=>0x0c8a8d6d <0x5d3a2b1c "
    "xfrm=AES_CBC_128-HMAC_SHA1_96 DPD=passive}\n";

static void both_kinds_of_sa_are_read(void **state)
{
    (void)state;
    struct reading r = read_text(log_text);
    assert_true(r.done);
    assert_int_equal(r.skipped, 0);
    assert_int_equal(es_keys_ike_count(r.keys), 1);
    const struct es_ike_keys *ike =
        es_keys_find_ike(r.keys, UINT64_C(0xba1143d176e1557b), UINT64_C(0xb62a3c712fd1f26a));
    assert_int_equal(ike->integ, ES_IKE_INTEG_HMAC_SHA2_256_128);
    assert_secret(&ike->sk_ai, HEX32);
    assert_secret(&ike->sk_er, ALT32);
    const struct es_esp_keys *out = es_keys_find_esp(r.keys, 0x0c8a8d6d, left);
    const struct es_esp_keys *in = es_keys_find_esp(r.keys, 0x5d3a2b1c, left);
    assert_int_equal(out->encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(out->integ, ES_IKE_INTEG_HMAC_SHA1_96);
    assert_secret(&out->encryption, ALT16);
    assert_secret(&out->integrity, ALT16 "e0e1e2e3");
    assert_secret(&in->encryption, HEX16);
    assert_secret(&in->integrity, HEX20);
    es_keys_free(r.keys);
}

static void combined_modes_have_their_salt(void **state)
{
    (void)state;
    struct reading r = read_text("| our  keymat\n" DUMP16 TAIL "| peer keymat\n" DUMP16_ALT TAIL_ALT
                                 "\"east\" #2: up {ESPinUDP/ESN=>0x00000101 <0x00000102 "
                                 "xfrm=AES_GCM_16_128-NONE-MODP2048 NATD=none}\n");
    assert_int_equal(r.found, 2);
    const struct es_esp_keys *in = es_keys_find_esp(r.keys, 0x102, left);
    assert_int_equal(in->encr, ES_IKE_ENCR_AES_GCM_16);
    assert_true(in->esn);
    assert_secret(&in->encryption, HEX20);
    es_keys_free(r.keys);
}

static void keymat_of_another_length_is_counted(void **state)
{
    (void)state;
    struct reading r = read_text("| our  keymat\n" DUMP16 "| peer keymat\n" DUMP16_ALT
                                 "\"east\" #2: up {ESP=>0x00000101 <0x00000102 "
                                 "xfrm=AES_CBC_256-HMAC_SHA1_96}\n");
    assert_true(r.done);
    assert_int_equal(r.found, 0);
    assert_int_equal(r.skipped, 2);
    es_keys_free(r.keys);
}

static void spoilt_logs_return(void **state)
{
    (void)state;
    spoil(log_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds_of_sa_are_read),
        cmocka_unit_test(combined_modes_have_their_salt),
        cmocka_unit_test(keymat_of_another_length_is_counted),
        cmocka_unit_test(spoilt_logs_return),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
