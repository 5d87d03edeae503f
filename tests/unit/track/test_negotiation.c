/*
 * What the peers say in clear: offers, choices, nonces, vendor IDs, errors.
 */
#include "dialogue.h"
#include "unit.h"

static bool has(const struct es_offer *offer, uint16_t type, uint16_t id, uint16_t key_length)
{
    for (size_t i = 0; i < offer->count; i++) {
        const struct es_ike_transform *t = &offer->transforms[i];
        if (t->type == type && t->id == id && t->key_length == key_length)
            return true;
    }
    return false;
}

static void offer_and_choice_are_kept_beyond_their_packets(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ike.offer = suite_cbc;
    dialogue_agree(&ike);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->offered.count, 4);
    assert_true(has(&sa->offered, ES_IKE_TRANSFORM_ENCR, ES_IKE_ENCR_AES_CBC, 256));
    assert_true(has(&sa->offered, ES_IKE_TRANSFORM_KE, ES_IKE_KE_METHOD_MODP_2048, 0));
    assert_int_equal(sa->chosen.count, 3);
    assert_true(has(&sa->chosen, ES_IKE_TRANSFORM_ENCR, ES_IKE_ENCR_AES_GCM_16, 256));
    assert_int_equal(sa->suite.major, 2);
    assert_int_equal(sa->suite.encr, ES_IKE_ENCR_AES_GCM_16);
    assert_int_equal(sa->suite.prf, ES_IKE_PRF_HMAC_SHA2_256);
    assert_int_equal(sa->nonce_length, 32);
}

static void an_offer_alone_is_no_suite(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, A, &init);
    assert_int_equal(scene_ike_sa(scene, 1)->suite.major, 0);
    assert_int_equal(scene_ike_sa(scene, 1)->chosen.count, 0);
}

static void ikev1_attributes_are_offer_and_choice(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_main_mode(&ike);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_true(
        has(&sa->offered, ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_ENCR, ES_IKEV1_ENCR_AES_CBC, 128));
    assert_true(has(&sa->chosen, ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_HASH, ES_IKEV1_HASH_SHA1, 0));
    assert_int_equal(sa->suite.major, 1);
    assert_int_equal(sa->suite.prf, ES_IKEV1_HASH_SHA1);
    assert_int_equal(sa->nonce_length, 32);
}

static void a_refused_offer_fails_the_sa(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire refusal = dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                                      ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN, 0);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &refusal);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->state, ES_IKE_SA_FAILED);
    assert_int_equal(sa->error, ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN);
    assert_int_equal(sa->error_side, 1);
    assert_int_equal(sa->error_ref.number, 2);
    assert_int_equal(es_tunnel_state(scene_tunnel(scene, 1)), ES_TUNNEL_FAILED);
}

static void a_wish_for_another_try_fails_nothing(void **state)
{
    struct scene *scene = *state;
    static const uint16_t wishes[] = {ES_IKE_NOTIFY_INVALID_KE_PAYLOAD, ES_IKE_NOTIFY_COOKIE};
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, A, &init);
    for (size_t i = 0; i < ES_COUNT(wishes); i++) {
        const struct wire wish =
            dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0, wishes[i], 8);
        scene_ike(scene, B, &wish);
        assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_NEGOTIATING);
        assert_int_equal(scene_ike_sa(scene, 1)->error, 0);
    }
}

static void an_error_in_clear_cannot_fail_an_established_sa(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    const struct wire forged = dialogue_clear_notify(
        &ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, ike.spi[1], ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN, 0);
    scene_ike(scene, B, &forged);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(scene_ike_sa(scene, 1)->error, 0);
}

static void ikev1_refuses_in_an_informational_in_clear(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    const struct wire first = dialogue_main(&ike, 1);
    const struct wire refusal = dialogue_clear_notify_v1(&ike, ES_IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN);
    scene_ike(scene, A, &first);
    scene_ike(scene, B, &refusal);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_int_equal(sa->state, ES_IKE_SA_FAILED);
    assert_int_equal(sa->error, ES_IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN);
    assert_int_equal(sa->error_side, 1);
}

/* INVALID_SPI outside of any IKE SA: RFC 7296, 1.5. */
static struct wire invalid_spi_build(struct scene *scene, uint32_t spi)
{
    struct dialogue stray = dialogue_of(scene, B, 9, &suite_gcm);
    struct wire wire = dialogue_clear_notify(&stray, ES_IKE_EXCHANGE_INFORMATIONAL, 0, 0,
                                             ES_IKE_NOTIFY_INVALID_SPI, 0);
    wire_u32(&wire, spi);
    wire_patch_u16(&wire, ES_IKE_HEADER_BYTES + 2, 12);
    wire_patch_u32(&wire, 24, wire.length);
    return wire;
}

static void invalid_spi_names_the_spi_and_who_misses_it(void **state)
{
    struct scene *scene = *state;
    scene_esp(scene, A, 0xaaaa0001, 1);
    const struct wire report = invalid_spi_build(scene, 0xaaaa0001);
    scene_ike(scene, B, &report);
    scene_ike(scene, B, &report);
    const struct es_tunnel *tunnel = scene_tunnel(scene, 1);
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
    assert_int_equal(scene_model(scene)->ike_sa_count, 0);
    assert_int_equal(tunnel->invalid_spi_count, 1);
    assert_int_equal(tunnel->invalid_spis[0].spi, 0xaaaa0001);
    assert_int_equal(tunnel->invalid_spis[0].side, 1);
    assert_false(tunnel->invalid_spis[0].ike);
    assert_int_equal(tunnel->invalid_spis[0].tally.count, 2);
    assert_int_equal(tunnel->invalid_spis[0].tally.first.number, 2);
}

static void only_so_many_invalid_spis_are_kept(void **state)
{
    struct scene *scene = *state;
    for (uint32_t i = 0; i < 3 * ES_INVALID_SPIS_KEPT; i++) {
        const struct wire report = invalid_spi_build(scene, 0x1000 + i);
        scene_ike(scene, B, &report);
    }
    assert_int_equal(scene_tunnel(scene, 1)->invalid_spi_count, ES_INVALID_SPIS_KEPT);
    assert_int_equal(scene_tunnel(scene, 1)->invalid_spis[0].spi, 0x1000);
}

static void an_unknown_ike_spi_is_told_apart(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    const struct wire report = dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_INFORMATIONAL, 2,
                                                     ike.spi[1], ES_IKE_NOTIFY_INVALID_IKE_SPI, 0);
    scene_ike(scene, B, &report);
    const struct es_tunnel *tunnel = scene_tunnel(scene, 1);
    assert_int_equal(tunnel->invalid_spi_count, 1);
    assert_true(tunnel->invalid_spis[0].ike);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_ESTABLISHED);
}

static void a_vendor_id_tells_product_and_traits(void **state)
{
    struct scene *scene = *state;
    static const uint8_t dpd[] = {0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9,
                                  0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00};
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    struct wire first = dialogue_main(&ike, 1);
    first.bytes[ES_IKE_HEADER_BYTES] = ES_IKEV1_PAYLOAD_VENDOR; /* behind the SA payload */
    wire_u32(&first, 4 + sizeof(dpd));
    wire_bytes(&first, dpd, sizeof(dpd));
    wire_patch_u32(&first, 24, first.length);
    scene_ike(scene, A, &first);
    assert_int_equal(scene_ike_sa(scene, 1)->vendor_traits[0], ES_VENDOR_TRAIT_DPD);
    assert_int_equal(scene_ike_sa(scene, 1)->vendor_traits[1], 0);
    assert_int_equal(es_tunnel_odd(scene_tunnel(scene, 1))->damage.tally.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(offer_and_choice_are_kept_beyond_their_packets),
        scene_test(an_offer_alone_is_no_suite),
        scene_test(ikev1_attributes_are_offer_and_choice),
        scene_test(a_refused_offer_fails_the_sa),
        scene_test(a_wish_for_another_try_fails_nothing),
        scene_test(an_error_in_clear_cannot_fail_an_established_sa),
        scene_test(ikev1_refuses_in_an_informational_in_clear),
        scene_test(invalid_spi_names_the_spi_and_who_misses_it),
        scene_test(only_so_many_invalid_spis_are_kept),
        scene_test(an_unknown_ike_spi_is_told_apart),
        scene_test(a_vendor_id_tells_product_and_traits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
