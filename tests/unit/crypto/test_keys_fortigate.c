/*
 * FortiGate's `diagnose vpn tunnel list`, with made-up keys.
 */
#include "keys_text.h"

#include "espial/registry.h"

static const char output[] =
    "list all ipsec tunnel in vd 0\n"
    "------------------------------------------------------\n"
    "name=OFFICE ver=1 serial=1 192.0.2.1:0->198.51.100.1:0 lgwy=static tun=intf mode=auto\n"
    "proxyid_num=1 child_num=0 refcnt=110 ilast=0 olast=0\n"
    "  SA: ref=73 options=0000000e type=00 soft=0 mtu=1446 expire=3303/0B replaywin=1024\n"
    "  life: type=01 bytes=0/0 timeout=3548/3600\n"
    "  dec: spi=9822756d esp=3des key=24 " HEX24 "\n"
    "       ah=md5 key=16 " HEX16 "\n"
    "  enc: spi=de81092c esp=aes key=32 " ALT32 "\n"
    "       ah=sha256 key=32 " HEX32 "\n"
    "  dec:pkts/bytes=580097/90305200959, enc:pkts/bytes=859220/632576927854\n"
    "name=GCM ver=2 serial=2 2001:db8::1:0->2001:db8::2:0 tun_id=2001:db8::2\n"
    "  SA:  ref=3 options=18227 type=00 soft=0 mtu=1438 expire=42133/0B replaywin=2048\n"
    "       seqno=1 esn=1 replaywin_lastseq=00000000 qat=0 rekey=0 hash_search_len=1\n"
    "  dec: spi=00000101 esp=aes-gcm key=36 " HEX36 "\n"
    "       ah=null key=0 \n";

static void tunnels_are_read(void **state)
{
    (void)state;
    struct reading r = read_text(output);
    assert_true(r.done);
    assert_int_equal(r.found, 3);
    assert_int_equal(r.skipped, 0);
    const struct es_esp_keys *dec = es_keys_find_esp(r.keys, 0x9822756d, left);
    const struct es_esp_keys *enc = es_keys_find_esp(r.keys, 0xde81092c, right);
    assert_memory_equal(dec->source, right, 16);
    assert_memory_equal(dec->destination, left, 16);
    assert_memory_equal(enc->destination, right, 16);
    assert_int_equal(dec->encr, ES_IKE_ENCR_3DES);
    assert_int_equal(dec->integ, ES_IKE_INTEG_HMAC_MD5_96);
    assert_secret(&dec->encryption, HEX24);
    assert_secret(&dec->integrity, HEX16);
    assert_secret(&enc->encryption, ALT32);
    assert_int_equal(enc->integ, ES_IKE_INTEG_HMAC_SHA2_256_128);
    const struct es_esp_keys *gcm = es_keys_find_esp(r.keys, 0x101, left);
    assert_int_equal(gcm->encr, ES_IKE_ENCR_AES_GCM_16);
    assert_true(gcm->esn);
    assert_false(enc->esn);
    assert_int_equal(gcm->source[15], 2);
    assert_int_equal(gcm->destination[15], 1);
    es_keys_free(r.keys);
}

static void lengths_that_lie_are_counted(void **state)
{
    (void)state;
    struct reading r = read_text("dec: spi=9822756d esp=3des key=16 " HEX24 "\n"
                                 "ah=md5 key=16 " HEX16 "\n"
                                 "enc: spi=de81092c esp=aes key=32 " ALT32 "\n"
                                 "ah=md5 key=16\n");
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
        cmocka_unit_test(tunnels_are_read),
        cmocka_unit_test(lengths_that_lie_are_counted),
        cmocka_unit_test(spoilt_output_returns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
