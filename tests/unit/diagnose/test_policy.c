/*
 * Posture: what a policy would care for is a note apart from the faults, and never more.
 */
#include "dialogue.h"
#include "unit.h"

static const struct es_finding *expect_posture(struct scene *scene, const char *id,
                                               const char *words)
{
    const struct es_finding *f = scene_finding(scene, id);
    if (!f)
        fail_msg("no %s", id);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->rule->category, ES_CATEGORY_POSTURE);
    assert_true(f->evidence_count > 0);
    if (!strstr(f->summary, words))
        fail_msg("\"%s\" is not in \"%s\"", words, f->summary);
    scene_expect_nothing(scene);
    return scene_finding(scene, id); /* the look before has freed the other one */
}

static void agree_on(struct scene *scene, uint8_t number, const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, A, number, suite);
    dialogue_establish(&ike);
}

static void good_algorithms_are_no_finding(void **state)
{
    struct scene *scene = *state;
    agree_on(scene, 1, &suite_gcm);
    agree_on(scene, 4, &suite_cbc);
    static const char *const ids[] = {
        "weak-ike-crypto",  "weak-esp-crypto",      "null-auth",
        "no-pfs",           "short-nonce",          "nonce-reuse",
        "ke-reuse",         "oversized-offer",      "vid-fingerprint",
        "ikev1-deprecated", "ikev1-aggressive-psk",
    };
    for (size_t i = 0; i < ES_COUNT(ids); i++)
        assert_null(scene_finding(scene, ids[i]));
}

static void old_algorithms_are_named_with_their_grade(void **state)
{
    struct scene *scene = *state;
    struct es_ike_suite old = suite_cbc;
    old.integ = ES_IKE_INTEG_HMAC_MD5_96;
    old.prf = ES_IKE_PRF_HMAC_SHA1;
    old.ke = ES_IKE_KE_METHOD_MODP_1024;
    agree_on(scene, 1, &old);
    const struct es_finding *f = expect_posture(scene, "weak-ike-crypto", "MODP-1024 (should not");
    assert_non_null(strstr(f->summary, "HMAC_MD5_96 (must not be used)"));
    assert_non_null(strstr(f->summary, "PRF_HMAC_SHA1 (old)"));
    assert_null(strstr(f->summary, "AES"));
}

static void ikev1_is_named_in_its_own_words(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_md5);
    dialogue_establish_v1(&ike);
    expect_posture(scene, "ikev1-deprecated", "IKEv1");
    const struct es_finding *f = expect_posture(scene, "weak-ike-crypto", "ISAKMP SA uses");
    assert_non_null(strstr(f->summary, "MD5 (must not be used)"));
    assert_null(scene_finding(scene, "ikev1-aggressive-psk"));
}

static void a_rekey_without_key_exchange_is_told_by_its_length(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    assert_null(scene_finding(scene, "no-pfs"));
    dialogue_rekey_child(&ike, A);
    assert_int_equal(scene_child(scene, 2)->pfs, ES_IKE_PFS_NO);
    const struct es_finding *f = expect_posture(scene, "no-pfs", "1 SA for traffic was");
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
}

static void a_rekey_with_key_exchange_is_no_finding(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm_modp);
    dialogue_establish(&ike);
    /* A transform of 8 and the key exchange: 8 and 256 bytes. */
    const size_t inner = INNER_CHILD + 8 + 8 + 256;
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, inner + 12, inner);
    assert_int_equal(scene_child(scene, 2)->pfs, ES_IKE_PFS_YES);
    assert_null(scene_finding(scene, "no-pfs"));
}

static void a_short_nonce_is_told_with_what_it_should_be(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ike.nonce_bytes = 16;
    dialogue_agree(&ike);
    assert_null(scene_finding(scene, "short-nonce"));

    struct scene other = scene_open();
    struct dialogue brief = dialogue_of(&other, A, 1, &suite_gcm);
    brief.nonce_bytes = 15;
    dialogue_agree(&brief);
    expect_posture(&other, "short-nonce", "15 bytes; it should have 16");
    scene_close(&other);
}

static void values_that_come_again_are_told(void **state)
{
    struct scene *scene = *state;
    struct dialogue first = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue second = dialogue_of(scene, A, 9, &suite_gcm);
    second.salt = first.salt;
    dialogue_agree(&first);
    dialogue_agree(&second);
    const struct es_finding *f = expect_posture(scene, "nonce-reuse", "192.0.2.1 used the same");
    assert_int_equal(f->evidence_count, 2);
    assert_int_equal(f->evidence[0].ref.number, 1);
    assert_int_equal(f->evidence[1].ref.number, 3);
    expect_posture(scene, "ke-reuse", "the same key exchange value");
}

static void a_request_sent_again_reuses_nothing(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, A, &init);
    scene_pause(scene, 1);
    scene_ike(scene, A, &init);
    assert_null(scene_finding(scene, "nonce-reuse"));
    assert_null(scene_finding(scene, "ke-reuse"));
}

static void a_long_offer_is_told(void **state)
{
    struct scene *scene = *state;
    agree_on(scene, 1, &suite_gcm);
    scene->thresholds.values[ES_LIMIT_OFFER_TRANSFORMS] = 2;
    expect_posture(scene, "oversized-offer", "offers 3 transforms in 1 proposal");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(good_algorithms_are_no_finding),
        scene_test(old_algorithms_are_named_with_their_grade),
        scene_test(ikev1_is_named_in_its_own_words),
        scene_test(a_rekey_without_key_exchange_is_told_by_its_length),
        scene_test(a_rekey_with_key_exchange_is_no_finding),
        scene_test(a_short_nonce_is_told_with_what_it_should_be),
        scene_test(values_that_come_again_are_told),
        scene_test(a_request_sent_again_reuses_nothing),
        scene_test(a_long_offer_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
