/*
 * What ESP costs. Expected numbers are worked out by hand from RFC 4303, RFC 4106 and RFC 3602, and
 * checked against sizes that were measured.
 */
#include "unit.h"

#include "espial/esp.h"
#include "espial/registry.h"

static struct es_esp_overhead overhead(uint16_t encr, uint16_t integ)
{
    struct es_esp_overhead out;
    assert_true(es_esp_overhead_of(encr, integ, &out));
    return out;
}

static void suites_have_the_overhead_of_their_rfcs(void **state)
{
    (void)state;
    const struct es_esp_overhead gcm = overhead(ES_IKE_ENCR_AES_GCM_16, 0);
    assert_int_equal(gcm.iv, 8);
    assert_int_equal(gcm.block, 4);
    assert_int_equal(gcm.icv, 16);
    const struct es_esp_overhead cbc =
        overhead(ES_IKE_ENCR_AES_CBC, ES_IKE_INTEG_HMAC_SHA2_256_128);
    assert_int_equal(cbc.iv, 16);
    assert_int_equal(cbc.block, 16);
    assert_int_equal(cbc.icv, 16);
    struct es_esp_overhead none;
    assert_false(es_esp_overhead_of(60000, 0, &none));
}

static void the_inner_mtu_is_what_fits(void **state)
{
    (void)state;
    const struct es_esp_overhead gcm = overhead(ES_IKE_ENCR_AES_GCM_16, 0);
    const struct es_esp_overhead cbc =
        overhead(ES_IKE_ENCR_AES_CBC, ES_IKE_INTEG_HMAC_SHA2_256_128);
    /* 1500 - 20 - 8 - 8 - 16 = 1448, a multiple of 4; less the trailer. */
    assert_int_equal(es_esp_inner_mtu(&gcm, 1500, 20), 1446);
    /* In UDP 1440; on IPv6 1428. */
    assert_int_equal(es_esp_inner_mtu(&gcm, 1500, 28), 1438);
    assert_int_equal(es_esp_inner_mtu(&gcm, 1500, 40), 1426);
    /* 1500 - 20 - 8 - 16 - 16 = 1440 = 90 blocks; in UDP 1432, 89 blocks are 1424. */
    assert_int_equal(es_esp_inner_mtu(&cbc, 1500, 20), 1438);
    assert_int_equal(es_esp_inner_mtu(&cbc, 1500, 28), 1422);
    assert_int_equal(es_esp_inner_mtu(&cbc, 40, 20), 0);
    assert_int_equal(es_esp_inner_mtu(&cbc, 60, 20), 0);
}

static void a_packet_of_that_size_fits_and_one_byte_more_does_not(void **state)
{
    (void)state;
    const struct es_esp_overhead cbc = overhead(ES_IKE_ENCR_AES_CBC, ES_IKE_INTEG_HMAC_SHA1_96);
    for (uint32_t mtu = 576; mtu < 1600; mtu++) {
        const uint32_t inner = es_esp_inner_mtu(&cbc, mtu, 20);
        const uint32_t blocks = (inner + 2 + 15) / 16;
        assert_true(20 + 8 + 16 + blocks * 16 + 12 <= mtu);
        const uint32_t more = (inner + 1 + 2 + 15) / 16;
        assert_true(20 + 8 + 16 + more * 16 + 12 > mtu);
    }
}

static void lengths_that_a_suite_cannot_have_do_not_fit(void **state)
{
    (void)state;
    const struct es_esp_overhead cbc =
        overhead(ES_IKE_ENCR_AES_CBC, ES_IKE_INTEG_HMAC_SHA2_256_128);
    /* A ping of 84 bytes: 86 make 6 blocks, 8 + 16 + 96 + 16. */
    assert_true(es_esp_length_fits(&cbc, 136));
    assert_false(es_esp_length_fits(&cbc, 132)); /* as with an ICV of 12 */
    assert_false(es_esp_length_fits(&cbc, 40));
    assert_false(es_esp_length_fits(&cbc, 0));
}

static void what_is_not_known_is_taken_for_the_larger(void **state)
{
    (void)state;
    const struct es_esp_plausible unknown = {ES_ESP_CIPHER_UNKNOWN, 0, false};
    const struct es_esp_plausible counter = {ES_ESP_CIPHER_COUNTER, 0, true};
    const struct es_esp_overhead like_unknown = es_esp_overhead_like(&unknown);
    const struct es_esp_overhead like_counter = es_esp_overhead_like(&counter);
    assert_true(es_esp_inner_mtu(&like_unknown, 1500, 20) <
                es_esp_inner_mtu(&like_counter, 1500, 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suites_have_the_overhead_of_their_rfcs),
        cmocka_unit_test(the_inner_mtu_is_what_fits),
        cmocka_unit_test(a_packet_of_that_size_fits_and_one_byte_more_does_not),
        cmocka_unit_test(lengths_that_a_suite_cannot_have_do_not_fit),
        cmocka_unit_test(what_is_not_known_is_taken_for_the_larger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
