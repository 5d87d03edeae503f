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

static void what_a_side_chose_tells_what_it_takes(void **state)
{
    struct scene *scene = *state;
    struct dialogue good = dialogue_of(scene, A, 1, &suite_cbc);
    dialogue_establish(&good);
    scene_pause(scene, 60);
    struct dialogue bad = dialogue_of(scene, A, 2, &suite_cbc_25519);
    refuse(&bad);
    const struct es_finding *f = scene_finding(scene, "ike-proposal-mismatch");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_non_null(strstr(f->summary, "chose in another attempt"));
    assert_non_null(strstr(f->summary, "only the DH group differs"));
}

static void offers_that_match_are_said_to_match(void **state)
{
    struct scene *scene = *state;
    struct dialogue from_a = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue from_b = dialogue_of(scene, B, 2, &suite_gcm);
    refuse(&from_b);
    refuse(&from_a);
    assert_non_null(strstr(scene_finding(scene, "ike-proposal-mismatch")->summary, "would match"));
}

static void the_other_version_tells_nothing_of_the_taste(void **state)
{
    struct scene *scene = *state;
    struct dialogue old = dialogue_of(scene, B, 2, &suite_v1_md5);
    const struct wire first = dialogue_main(&old, 1);
    scene_ike(scene, B, &first);
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    refuse(&ike);
    const struct es_finding *f = scene_finding(scene, "ike-proposal-mismatch");
    assert_non_null(f);
    assert_null(check_with(f, "itself offers"));
}

/* --- ike-dh-group-retry, ike-dh-group-loop --- */

/* The initiator sends a value of its group, and its peer wants `group`. */
static void want_group(struct dialogue *ike, uint8_t group)
{
    const struct wire init = dialogue_init(ike, 0);
    scene_ike(ike->scene, ike->initiator, &init);
    struct wire wish = dialogue_clear_notify(ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                             ES_IKE_NOTIFY_INVALID_KE_PAYLOAD, 2);
    wish.bytes[wish.length - 2] = 0;
    wish.bytes[wish.length - 1] = group;
    scene_ike(ike->scene, 1 - ike->initiator, &wish);
}

static void a_wish_that_is_granted_costs_a_round_trip(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ike.offer = suite_gcm_modp;
    want_group(&ike, ES_IKE_KE_METHOD_CURVE25519);
    ike.offer = suite_gcm;
    dialogue_establish(&ike);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
    const struct es_finding *f = scene_finding(scene, "ike-dh-group-retry");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->rule->category, ES_CATEGORY_STATISTICS);
    assert_int_equal(f->count, 1);
    assert_int_equal(f->evidence[0].ref.number, 2);
    assert_non_null(strstr(f->summary, "MODP-2048"));
    assert_non_null(strstr(f->summary, "25519"));
}

static void a_group_that_is_not_offered_is_asked_for_in_vain(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    want_group(&ike, ES_IKE_KE_METHOD_MODP_2048);
    scene_expect_nothing(scene); /* it may still come */
    scene_last_until(scene, 30);
    scene_expect(scene, "ike-dh-group-loop");
    const struct es_finding *f = scene_finding(scene, "ike-dh-group-loop");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->peer, 0);
    assert_non_null(strstr(f->summary, "did not offer"));
}

static void wishes_in_several_attempts_are_one_loop(void **state)
{
    struct scene *scene = *state;
    for (uint8_t number = 1; number <= 3; number++) {
        struct dialogue ike = dialogue_of(scene, A, number, &suite_gcm);
        scene_pause(scene, 10);
        want_group(&ike, ES_IKE_KE_METHOD_MODP_2048);
    }
    scene_last_until(scene, 60);
    scene_expect(scene, "ike-dh-group-loop");
    assert_int_equal(scene_finding(scene, "ike-dh-group-loop")->count, 3);
}

static void a_wish_granted_by_a_new_attempt_is_no_loop(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    want_group(&ike, ES_IKE_KE_METHOD_MODP_2048);
    struct dialogue next = dialogue_of(scene, A, 2, &suite_gcm_modp);
    dialogue_establish(&next);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
    assert_non_null(scene_finding(scene, "ike-dh-group-retry"));
}

/* --- ikev1-mode-mismatch --- */

static struct wire aggressive(struct dialogue *ike, unsigned number)
{
    enum { EXCHANGE_TYPE_AT = 18 };
    struct wire wire = dialogue_main(ike, number);
    wire.bytes[EXCHANGE_TYPE_AT] = ES_IKE_EXCHANGE_AGGRESSIVE;
    return wire;
}

static void refuse_aggressive(struct dialogue *ike, uint16_t error)
{
    const struct wire first = aggressive(ike, 1);
    const struct wire refusal = dialogue_clear_notify_v1(ike, error);
    scene_ike(ike->scene, ike->initiator, &first);
    scene_ike(ike->scene, 1 - ike->initiator, &refusal);
}

static void aggressive_mode_that_is_refused_is_likely_the_mode(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    refuse_aggressive(&ike, ES_IKEV1_NOTIFY_AUTHENTICATION_FAILED);
    scene_last_until(scene, 30);
    scene_expect(scene, "ikev1-mode-mismatch");
    const struct es_finding *f = scene_finding(scene, "ikev1-mode-mismatch");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->evidence[1].ref.number, 2);
}

static void a_peer_that_uses_the_other_mode_makes_it_certain(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    struct dialogue own = dialogue_of(scene, B, 2, &suite_v1_sha1);
    const struct wire first = dialogue_main(&own, 1);
    refuse_aggressive(&ike, ES_IKEV1_NOTIFY_AUTHENTICATION_FAILED);
    scene_ike(scene, B, &first);
    const struct es_finding *f = scene_finding(scene, "ikev1-mode-mismatch");
    assert_non_null(f);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_non_null(strstr(f->summary, "Main Mode"));
}

/* Both begin, again and again, and nothing is answered. */
static void begin_crosswise(struct scene *scene, bool in_other_modes)
{
    struct dialogue from_a = dialogue_of(scene, A, 1, &suite_v1_sha1);
    struct dialogue from_b = dialogue_of(scene, B, 2, &suite_v1_sha1);
    const struct wire a = in_other_modes ? aggressive(&from_a, 1) : dialogue_main(&from_a, 1);
    const struct wire b = dialogue_main(&from_b, 1);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &a);
        scene_pause(scene, 2);
        scene_ike(scene, B, &b);
        scene_pause(scene, 2);
    }
}

static void other_modes_that_are_ignored_are_a_likely_fault(void **state)
{
    struct scene *scene = *state;
    begin_crosswise(scene, true);
    const struct es_finding *f = scene_finding(scene, "ikev1-mode-mismatch");
    assert_non_null(f);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_non_null(scene_below(f, "ike-no-response"));
    assert_null(scene_finding(scene, "ike-no-response"));
}

static void the_same_mode_that_is_ignored_is_another_fault(void **state)
{
    struct scene *scene = *state;
    begin_crosswise(scene, false);
    assert_null(scene_finding(scene, "ikev1-mode-mismatch"));
}

static void a_refused_offer_in_aggressive_mode_is_not_the_mode(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    refuse_aggressive(&ike, ES_IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN);
    scene_expect(scene, "ike-proposal-mismatch");
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
        scene_test(what_a_side_chose_tells_what_it_takes),
        scene_test(offers_that_match_are_said_to_match),
        scene_test(the_other_version_tells_nothing_of_the_taste),
        scene_test(a_wish_that_is_granted_costs_a_round_trip),
        scene_test(a_group_that_is_not_offered_is_asked_for_in_vain),
        scene_test(wishes_in_several_attempts_are_one_loop),
        scene_test(a_wish_granted_by_a_new_attempt_is_no_loop),
        scene_test(aggressive_mode_that_is_refused_is_likely_the_mode),
        scene_test(a_peer_that_uses_the_other_mode_makes_it_certain),
        scene_test(other_modes_that_are_ignored_are_a_likely_fault),
        scene_test(the_same_mode_that_is_ignored_is_another_fault),
        scene_test(a_refused_offer_in_aggressive_mode_is_not_the_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
