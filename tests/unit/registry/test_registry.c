/*
 * The registries and what is looked up in them.
 */
#include "unit.h"

#include "espial/registry.h"

static const struct es_registry *const all[] = {
    &es_registry_ike_exchange,
    &es_registry_ike_payload,
    &es_registry_ike_notify,
    &es_registry_ike_protocol,
    &es_registry_ike_transform_type,
    &es_registry_ike_encr,
    &es_registry_ike_prf,
    &es_registry_ike_integ,
    &es_registry_ike_ke_method,
    &es_registry_ike_esn,
    &es_registry_ike_id,
    &es_registry_ikev1_payload,
    &es_registry_ikev1_notify,
    &es_registry_ikev1_attribute,
    &es_registry_ikev1_encr,
    &es_registry_ikev1_hash,
    &es_registry_ikev1_auth,
    &es_registry_ike_cert,
    &es_registry_ike_auth_method,
    &es_registry_ike_hash,
    &es_registry_ike_config,
    &es_registry_ike_config_type,
    &es_registry_ike_ts,
    &es_registry_ike_ipcomp,
    &es_registry_ike_attribute,
    &es_registry_ike_gateway,
    &es_registry_ike_ppk_id,
    &es_registry_ike_password_method,
    &es_registry_ike_rohc_attribute,
    &es_registry_eap_code,
    &es_registry_eap_type,
    &es_registry_ip_protocol,
    &es_registry_ikev1_doi,
    &es_registry_ikev1_situation,
    &es_registry_ikev1_protocol,
    &es_registry_ikev1_transform,
    &es_registry_ikev1_esp,
    &es_registry_ikev1_ah,
    &es_registry_ikev1_ipsec_attribute,
    &es_registry_ikev1_auth_algorithm,
    &es_registry_ikev1_encapsulation,
    &es_registry_ikev1_life,
    &es_registry_ikev1_group_type,
    &es_registry_ikev1_ecn_tunnel,
    &es_registry_ikev1_esn,
    &es_registry_xauth_type,
    &es_registry_xauth_status,
    &es_registry_windows_version,
    &es_registry_check_point_version,
};

static void numbers_ascend_and_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(all); i++) {
        assert_true(all[i]->count > 0);
        for (size_t row = 1; row < all[i]->count; row++) {
            if (all[i]->rows[row - 1].number >= all[i]->rows[row].number)
                fail_msg("%s: %u does not come before %u", all[i]->title,
                         all[i]->rows[row - 1].number, all[i]->rows[row].number);
        }
    }
}

static void no_cell_is_empty(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(all); i++) {
        assert_true(all[i]->title && *all[i]->title);
        for (size_t row = 0; row < all[i]->count; row++) {
            const struct es_registry_row *one = &all[i]->rows[row];
            if (!*one->symbol || !*one->name || !*one->reference)
                fail_msg("%s: %u has an empty cell", all[i]->title, one->number);
        }
    }
}

static void each_number_finds_its_row_and_the_next_gap_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(all); i++) {
        for (size_t row = 0; row < all[i]->count; row++) {
            const struct es_registry_row *one = &all[i]->rows[row];
            assert_ptr_equal(es_registry_find(all[i], one->number), one);
            const bool last = row + 1 == all[i]->count;
            if (last || all[i]->rows[row + 1].number != one->number + 1)
                assert_null(es_registry_find(all[i], one->number + 1));
        }
        assert_null(es_registry_find(all[i], UINT32_MAX));
    }
}

static void an_unknown_number_is_printed_with_its_number(void **state)
{
    (void)state;
    struct es_text text;
    es_text_init(&text);
    es_text_add_registry(&text, &es_registry_ike_exchange, ES_IKE_EXCHANGE_IKE_AUTH);
    assert_string_equal(es_text_chars(&text), "IKE_AUTH");
    es_text_clear(&text);
    es_text_add_registry(&text, &es_registry_ike_exchange, 200);
    assert_string_equal(es_text_chars(&text), "200 (unknown)");
    es_text_fini(&text);
}

static void well_known_numbers_are_those_of_iana(void **state)
{
    (void)state;
    assert_int_equal(ES_IKE_EXCHANGE_QUICK, 32);
    assert_int_equal(ES_IKE_EXCHANGE_INFORMATIONAL, 37);
    assert_int_equal(ES_IKE_EXCHANGE_IKE_FOLLOWUP_KE, 44);
    assert_int_equal(ES_IKE_PAYLOAD_SK, 46);
    assert_int_equal(ES_IKE_PAYLOAD_SKF, 53);
    assert_int_equal(ES_IKEV1_PAYLOAD_NAT_D, 20);
    assert_int_equal(ES_IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, 16389);
    assert_int_equal(ES_IKE_NOTIFY_STATE_NOT_FOUND, 47);
    assert_int_equal(ES_IKEV1_NOTIFY_R_U_THERE_ACK, 36137);
    assert_int_equal(ES_IKE_TRANSFORM_ADDKE7, 12);
    assert_int_equal(ES_IKE_KE_METHOD_ML_KEM_768, 36);
}

static void lengths_are_those_of_the_length_law(void **state)
{
    (void)state;
    static const struct {
        uint16_t id;
        uint8_t block, iv, icv;
    } ciphers[] = {
        {ES_IKE_ENCR_3DES,              8,  8,  0 },
        {ES_IKE_ENCR_NULL,              1,  0,  0 },
        {ES_IKE_ENCR_AES_CBC,           16, 16, 0 },
        {ES_IKE_ENCR_AES_CTR,           1,  8,  0 },
        {ES_IKE_ENCR_AES_CCM_12,        1,  8,  12},
        {ES_IKE_ENCR_AES_GCM_8,         1,  8,  8 },
        {ES_IKE_ENCR_AES_GCM_16,        1,  8,  16},
        {ES_IKE_ENCR_CAMELLIA_CBC,      16, 16, 0 },
        {ES_IKE_ENCR_CHACHA20_POLY1305, 1,  8,  16},
    };
    for (size_t i = 0; i < ES_COUNT(ciphers); i++) {
        const struct es_encr *encr = es_encr_find(ciphers[i].id);
        assert_non_null(encr);
        assert_int_equal(encr->block, ciphers[i].block);
        assert_int_equal(encr->iv, ciphers[i].iv);
        assert_int_equal(encr->icv, ciphers[i].icv);
    }
    assert_null(es_encr_find(1000));
    assert_int_equal(es_encr_find_ikev1(ES_IKEV1_ENCR_3DES_CBC)->block, 8);
    assert_int_equal(es_encr_find_ikev1(ES_IKEV1_ENCR_AES_CBC)->block, 16);
    assert_null(es_encr_find_ikev1(1000));
    assert_int_equal(es_integ_icv(ES_IKE_INTEG_NONE), 0);
    assert_int_equal(es_integ_icv(ES_IKE_INTEG_HMAC_SHA1_96), 12);
    assert_int_equal(es_integ_icv(ES_IKE_INTEG_HMAC_SHA2_384_192), 24);
    assert_int_equal(es_integ_icv(1000), 0);
    assert_int_equal(es_prf_length(ES_IKE_PRF_HMAC_SHA2_512), 64);
    assert_int_equal(es_ikev1_hash_length(ES_IKEV1_HASH_SHA1), 20);
    assert_int_equal(es_ke_method_length(ES_IKE_KE_METHOD_MODP_2048), 256);
    assert_int_equal(es_ke_method_length(ES_IKE_KE_METHOD_CURVE25519), 32);
    assert_int_equal(es_ke_method_length(ES_IKE_KE_METHOD_ML_KEM_768), 1184);
    assert_int_equal(es_ke_method_reply_length(ES_IKE_KE_METHOD_ML_KEM_768), 1088);
    assert_int_equal(es_ke_method_length(1000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_ascend_and_are_unique),
        cmocka_unit_test(no_cell_is_empty),
        cmocka_unit_test(each_number_finds_its_row_and_the_next_gap_none),
        cmocka_unit_test(an_unknown_number_is_printed_with_its_number),
        cmocka_unit_test(well_known_numbers_are_those_of_iana),
        cmocka_unit_test(lengths_are_those_of_the_length_law),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
