/*
 * The suite that a chosen proposal means.
 */
#include "ike_wire.h"
#include "unit.h"

static struct es_ike_proposals proposals;

static bool suite_of(const struct wire *wire, uint8_t major, struct es_ike_suite *out)
{
    struct es_cursor body = es_cursor(wire->bytes, wire->length, wire->length);
    assert_true(es_ike_proposals_parse(&body, major, &proposals));
    return es_ike_suite_from(&proposals, major, out);
}

static void one_choice_of_each_type_is_a_suite(void **state)
{
    (void)state;
    struct wire wire = {0};
    const size_t at = proposal_begin(&wire, 0, 1, ES_IKE_PROTOCOL_IKE, 0, 4);
    transform_put(&wire, 3, ES_IKE_TRANSFORM_ENCR, ES_IKE_ENCR_AES_CBC, 256);
    transform_put(&wire, 3, ES_IKE_TRANSFORM_INTEG, ES_IKE_INTEG_HMAC_SHA1_96, 0);
    transform_put(&wire, 3, ES_IKE_TRANSFORM_PRF, ES_IKE_PRF_HMAC_SHA1, 0);
    transform_put(&wire, 0, ES_IKE_TRANSFORM_KE, ES_IKE_KE_METHOD_MODP_1024, 0);
    payload_end(&wire, at);
    struct es_ike_suite suite;
    assert_true(suite_of(&wire, 2, &suite));
    assert_int_equal(suite.major, 2);
    assert_int_equal(suite.encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(suite.key_length, 256);
    assert_int_equal(suite.integ, ES_IKE_INTEG_HMAC_SHA1_96);
    assert_int_equal(suite.prf, ES_IKE_PRF_HMAC_SHA1);
    assert_int_equal(suite.ke, ES_IKE_KE_METHOD_MODP_1024);
}

static void an_offer_of_several_is_none(void **state)
{
    (void)state;
    struct es_ike_suite suite = {.major = 9};
    struct wire wire = sa_ikev2();
    assert_false(suite_of(&wire, 2, &suite));
    wire = sa_ikev1();
    assert_false(suite_of(&wire, 1, &suite));
    assert_int_equal(suite.major, 9);
}

static void a_suite_needs_encryption(void **state)
{
    (void)state;
    struct wire wire = {0};
    const size_t at = proposal_begin(&wire, 0, 1, ES_IKE_PROTOCOL_IKE, 0, 1);
    transform_put(&wire, 0, ES_IKE_TRANSFORM_PRF, ES_IKE_PRF_HMAC_SHA1, 0);
    payload_end(&wire, at);
    struct es_ike_suite suite;
    assert_false(suite_of(&wire, 2, &suite));
}

static void ikev1_suites_have_hash_and_authentication(void **state)
{
    (void)state;
    struct wire wire = {0};
    wire_u32(&wire, 1);
    wire_u32(&wire, 1);
    const size_t proposal = proposal_begin(&wire, 0, 0, ES_IKE_PROTOCOL_IKE, 0, 1);
    const size_t at = payload_begin(&wire, 0);
    wire_u8(&wire, 0);
    wire_u8(&wire, 1);
    wire_u16(&wire, 0);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_ENCR, ES_IKEV1_ENCR_AES_CBC);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_HASH, ES_IKEV1_HASH_MD5);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_GROUP, ES_IKE_KE_METHOD_MODP_1536);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_AUTH, ES_IKEV1_AUTH_XAUTH_INIT_PSK);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_KEY_LENGTH, 192);
    payload_end(&wire, at);
    payload_end(&wire, proposal);
    struct es_ike_suite suite;
    assert_true(suite_of(&wire, 1, &suite));
    assert_int_equal(suite.encr, ES_IKEV1_ENCR_AES_CBC);
    assert_int_equal(suite.key_length, 192);
    assert_int_equal(suite.prf, ES_IKEV1_HASH_MD5);
    assert_int_equal(suite.ke, ES_IKE_KE_METHOD_MODP_1536);
    assert_int_equal(suite.auth, ES_IKEV1_AUTH_XAUTH_INIT_PSK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_choice_of_each_type_is_a_suite),
        cmocka_unit_test(an_offer_of_several_is_none),
        cmocka_unit_test(a_suite_needs_encryption),
        cmocka_unit_test(ikev1_suites_have_hash_and_authentication),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
