/*
 * `ip xfrm state`: in the shape of iproute2 6's output, with made-up keys.
 */
#include "keys_text.h"

#include "espial/registry.h"

static const char plain[] = "src 192.0.2.1 dst 198.51.100.1\n"
                            "\tproto esp spi 0xce85391d reqid 1 mode tunnel\n"
                            "\treplay-window 0 flag af-unspec\n"
                            "\tauth-trunc hmac(sha256) 0x" HEX32 " 128\n"
                            "\tenc cbc(aes) 0x" ALT32 "\n"
                            "\tanti-replay context: seq 0x0, oseq 0x6, bitmap 0x00000000\n"
                            "src 198.51.100.1 dst 192.0.2.1\n"
                            "\tproto esp spi 0xcf1ec3e0 reqid 1 mode tunnel\n"
                            "\treplay-window 32 flag af-unspec esn\n"
                            "\taead rfc4106(gcm(aes)) 0x" HEX36 " 128\n"
                            "\tencap type espinudp sport 4500 dport 4500 addr 0.0.0.0\n"
                            "\tanti-replay esn context:\n"
                            "\t seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x0\n";

static const char statistics[] =
    "src 192.0.2.1 dst 198.51.100.1\n"
    "\tproto esp spi 0xce85391d(3464837405) reqid 1(0x00000001) mode tunnel\n"
    "\treplay-window 0 seq 0x00000000 flag af-unspec (0x00100000)\n"
    "\tauth-trunc hmac(sha256) 0x" HEX32 " (256 bits) 96\n"
    "\tenc cbc(aes) 0x" ALT32 " (256 bits)\n"
    "\tlifetime config:\n"
    "\t  limit: soft (INF)(bytes), hard (INF)(bytes)\n"
    "XfrmInError             \t0\n";

static void states_are_read(void **state)
{
    (void)state;
    struct reading r = read_text(plain);
    assert_true(r.done);
    assert_int_equal(r.found, 2);
    assert_int_equal(r.skipped, 0);
    const struct es_esp_keys *esp = es_keys_find_esp(r.keys, 0xce85391d, right);
    assert_memory_equal(esp->source, left, 16);
    assert_int_equal(esp->encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(esp->integ, ES_IKE_INTEG_HMAC_SHA2_256_128);
    assert_int_equal(esp->icv_bytes, 0);
    assert_false(esp->esn);
    assert_secret(&esp->integrity, HEX32);
    assert_secret(&esp->encryption, ALT32);
    esp = es_keys_find_esp(r.keys, 0xcf1ec3e0, left);
    assert_int_equal(esp->encr, ES_IKE_ENCR_AES_GCM_16);
    assert_true(esp->esn);
    assert_secret(&esp->encryption, HEX36);
    es_keys_free(r.keys);
}

static void statistics_and_other_icv_lengths_are_read(void **state)
{
    (void)state;
    struct reading r = read_text(statistics);
    assert_int_equal(r.found, 1);
    const struct es_esp_keys *esp = es_keys_find_esp(r.keys, 0xce85391d, right);
    assert_int_equal(esp->icv_bytes, 12);
    assert_secret(&esp->encryption, ALT32);
    es_keys_free(r.keys);
}

static void hidden_keys_other_protocols_and_policies_give_none(void **state)
{
    (void)state;
    struct reading r = read_text("src 192.0.2.1 dst 198.51.100.1\n"
                                 "\tproto esp spi 0x00000100 reqid 1 mode tunnel\n"
                                 "\tenc cbc(aes) <<Keys hidden>>\n"
                                 "src 192.0.2.1 dst 198.51.100.1\n"
                                 "\tproto ah spi 0x00000101 reqid 1 mode tunnel\n"
                                 "\tauth-trunc hmac(sha256) 0x" HEX32 " 128\n"
                                 "src 10.0.0.0/24 dst 10.1.0.0/24\n"
                                 "\tdir out priority 1\n"
                                 "\ttmpl src 192.0.2.1 dst 198.51.100.1\n"
                                 "\t\tproto esp spi 0xce85391d reqid 1 mode tunnel\n");
    assert_true(r.done);
    assert_int_equal(r.found, 0);
    assert_int_equal(r.skipped, 1);
    es_keys_free(r.keys);
}

static void spoilt_states_return(void **state)
{
    (void)state;
    spoil(plain);
    spoil(statistics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_read),
        cmocka_unit_test(statistics_and_other_icv_lengths_are_read),
        cmocka_unit_test(hidden_keys_other_protocols_and_policies_give_none),
        cmocka_unit_test(spoilt_states_return),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
