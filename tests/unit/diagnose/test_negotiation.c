/*
 * Refused proposals, groups that do not meet, exchange modes that differ.
 */
#include "dialogue.h"
#include "unit.h"

/* The initiator offers, and its peer refuses. */
static void refuse(struct dialogue *ike)
{
    const bool is_v1 = ike->suite.major == 1;
    const struct wire offer = is_v1 ? dialogue_main(ike, 1) : dialogue_init(ike, 0);
    const struct wire refusal =
        is_v1 ? dialogue_clear_notify_v1(ike, ES_IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN)
              : dialogue_clear_notify(ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                      ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN, 0);
    scene_ike(ike->scene, ike->initiator, &offer);
    scene_ike(ike->scene, 1 - ike->initiator, &refusal);
}

static const char *check_with(const struct es_finding *f, const char *words)
{
    for (size_t i = 0; i < f->check_count; i++) {
        if (strstr(f->checks[i], words))
            return f->checks[i];
    }
    return NULL;
}

/* --- ike-proposal-mismatch --- */

static void a_refused_offer_is_a_fault_of_both_versions(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_v1_sha1};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        refuse(&ike);
        scene_expect(&scene, "ike-proposal-mismatch");
        const struct es_finding *f = scene_finding(&scene, "ike-proposal-mismatch");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
        assert_int_equal(f->provenance, ES_PROVENANCE_OBSERVED);
        assert_int_equal(f->peer, 1);
        assert_string_equal(f->role, "responder");
        assert_int_equal(f->count, 1);
        assert_int_equal(f->evidence_count, 2);
        assert_int_equal(f->evidence[0].ref.number, 1);
        assert_int_equal(f->evidence[1].ref.number, 2);
        assert_non_null(strstr(f->summary, "AES"));
        assert_null(check_with(f, "itself offers"));
        scene_close(&scene);
    }
}

static void several_attempts_are_one_finding(void **state)
{
    struct scene *scene = *state;
    for (uint8_t number = 1; number <= 4; number++) {
        struct dialogue ike = dialogue_of(scene, A, number, &suite_gcm);
        scene_pause(scene, 30);
        refuse(&ike);
    }
    scene_expect(scene, "ike-proposal-mismatch");
    assert_int_equal(scene_finding(scene, "ike-proposal-mismatch")->count, 4);
    assert_int_equal(scene_finding(scene, "ike-proposal-mismatch")->last.number, 8);
}

static void the_difference_is_named_when_the_other_side_offers_too(void **state)
{
    struct scene *scene = *state;
    struct dialogue from_a = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue from_b = dialogue_of(scene, B, 2, &suite_gcm_modp);
    refuse(&from_a);
    refuse(&from_b);
    scene_expect(scene, "ike-proposal-mismatch");
    const struct es_finding *f = scene_finding(scene, "ike-proposal-mismatch");
    assert_int_equal(f->count, 2);
    assert_int_equal(f->peer, 0); /* who refused last */
    assert_non_null(check_with(f, "itself offers"));
    /* Cipher and PRF agree; the groups do not. */
    assert_non_null(strstr(f->summary, "only the DH group differs"));
    assert_non_null(strstr(f->summary, "MODP-2048"));
}

static void a_later_success_makes_a_refusal_a_note(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ike.offer = suite_cbc;
    refuse(&ike);
    scene_pause(scene, 5);
    struct dialogue next = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&next);
    scene_expect(scene, "ike-proposal-mismatch");
    assert_int_equal(scene_finding(scene, "ike-proposal-mismatch")->severity, ES_SEVERITY_NOTE);
}

static void a_wish_for_another_group_is_no_refusal(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ike.offer = suite_gcm_modp;
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire wish = dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                                   ES_IKE_NOTIFY_INVALID_KE_PAYLOAD, 2);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &wish);
    scene_expect_nothing(scene);
    ike.offer = suite_gcm;
    dialogue_establish(&ike);
    scene_expect_nothing(scene);
}

static void a_choice_is_no_refusal(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue old = dialogue_of(scene, B, 2, &suite_v1_md5);
    dialogue_establish(&ike);
    dialogue_establish_v1(&old);
    scene_expect_nothing(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_offer_is_a_fault_of_both_versions),
        scene_test(several_attempts_are_one_finding),
        scene_test(the_difference_is_named_when_the_other_side_offers_too),
        scene_test(a_later_success_makes_a_refusal_a_note),
        scene_test(a_wish_for_another_group_is_no_refusal),
        scene_test(a_choice_is_no_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
