/*
 * Remote access: EAP in several rounds, XAUTH, Mode Config.
 */
#include "dialogue.h"
#include "unit.h"

enum { INNER_EAP_FAILURE = 8, INNER_EAP = 40, INNER_EAP_FIRST = 300 };

/* A round of IKE_AUTH by the initiator. */
static void round_of(struct dialogue *ike, size_t inner, size_t inner_reply)
{
    dialogue_exchange(ike, ike->initiator, ES_IKE_EXCHANGE_IKE_AUTH, inner, inner_reply);
}

static struct dialogue begin_eap(struct scene *scene, const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, A, 1, suite);
    dialogue_agree(&ike);
    round_of(&ike, INNER_AUTH, INNER_EAP_FIRST);
    round_of(&ike, INNER_EAP, INNER_EAP);
    return ike;
}

static void eap_that_ends_with_a_short_answer_has_failed(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_cbc};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = begin_eap(&scene, suites[i]);
        round_of(&ike, INNER_EAP, INNER_EAP_FAILURE);
        scene_expect_nothing(&scene); /* it may be EAP-Success: the next request would tell */
        scene_last_until(&scene, 30);
        scene_expect(&scene, "eap-failed");
        const struct es_finding *f = scene_finding(&scene, "eap-failed");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
        assert_int_equal(f->provenance, ES_PROVENANCE_INFERRED);
        assert_int_equal(f->peer, 1);
        assert_int_equal(f->evidence[1].ref.number, 8);
        assert_non_null(strstr(f->summary, "3 rounds"));
        assert_int_equal(scene_ike_sa(&scene, 1)->state, ES_IKE_SA_FAILED);
        assert_int_equal(scene_child_count(&scene), 0);
        scene_close(&scene);
    }
}

static void eap_that_goes_on_after_a_short_answer_has_not(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_cbc};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = begin_eap(&scene, suites[i]);
        round_of(&ike, INNER_EAP, INNER_EAP_FAILURE); /* EAP-Success is as long */
        round_of(&ike, INNER_EAP, INNER_AUTH);
        scene_last_until(&scene, 60);
        scene_expect_nothing(&scene);
        const struct es_ike_sa *sa = scene_ike_sa(&scene, 1);
        assert_int_equal(sa->state, ES_IKE_SA_ESTABLISHED);
        assert_int_equal(sa->established.number, 10); /* the last round, not the first */
        assert_int_equal(sa->auth_rounds, 4);
        assert_int_equal(scene_child_count(&scene), 1);
        scene_close(&scene);
    }
}

static void the_first_refusal_behind_ike_intermediate_is_none_of_eap(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_INTERMEDIATE, 1200, 1100);
    round_of(&ike, INNER_AUTH, INNER_NOTIFY);
    scene_expect(scene, "auth-failed");
}

static void an_answer_within_eap_that_never_comes_is_a_stall(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = begin_eap(scene, &suite_gcm);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_EAP, 4, 4);
    const struct es_finding *f = scene_finding(scene, "eap-stalled");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->first.number, 7);
}

static void an_answer_within_eap_that_comes_late_is_a_note(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = begin_eap(scene, &suite_gcm);
    const struct wire request = dialogue_request(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_EAP);
    scene_ike(scene, A, &request);
    scene_pause(scene, 12);
    const struct wire reply = dialogue_reply(&ike, &request, INNER_EAP_FAILURE);
    scene_ike(scene, B, &reply);
    round_of(&ike, INNER_EAP, INNER_AUTH);
    const struct es_finding *f = scene_finding(scene, "eap-stalled");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_non_null(strstr(f->summary, "took 12"));
}

/* --- IKEv1 --- */

enum { INNER_V1_TRANSACTION = 30 };

static const struct es_ike_suite *xauth_suite(void)
{
    static struct es_ike_suite suite;
    suite = suite_v1_sha1;
    suite.auth = ES_IKEV1_AUTH_XAUTH_INIT_PSK;
    return &suite;
}

static void transaction(struct dialogue *ike, uint8_t from, bool answered)
{
    const uint32_t id = ++ike->next_id[from];
    const uint8_t exchange = ES_IKE_EXCHANGE_TRANSACTION;
    const struct wire request = dialogue_sealed_v1(ike, exchange, id, INNER_V1_TRANSACTION);
    scene_ike(ike->scene, from, &request);
    for (int i = 0; i < 3 && !answered; i++) {
        scene_pause(ike->scene, 4);
        scene_ike(ike->scene, from, &request);
    }
    const struct wire reply = dialogue_sealed_v1(ike, exchange, id, INNER_V1_TRANSACTION);
    if (answered)
        scene_ike(ike->scene, 1 - from, &reply);
}

static void give_up(struct dialogue *ike)
{
    const struct wire gone =
        dialogue_sealed_v1(ike, ES_IKE_EXCHANGE_INFORMATIONAL_V1, 0x4711, INNER_V1_DELETE_IKE);
    scene_ike(ike->scene, B, &gone);
}

static void transactions_of_the_responder_and_an_end_are_a_refused_user(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, xauth_suite());
    dialogue_main_mode(&ike);
    transaction(&ike, B, true);
    transaction(&ike, B, true);
    scene_expect_nothing(scene);
    give_up(&ike);
    scene_last_until(scene, 30);
    scene_expect(scene, "xauth-failed");
    const struct es_finding *f = scene_finding(scene, "xauth-failed");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->evidence[0].ref.number, 11);
}

static void quick_mode_behind_xauth_is_success(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, xauth_suite());
    dialogue_main_mode(&ike);
    transaction(&ike, B, true);
    transaction(&ike, B, true);
    transaction(&ike, A, true);
    dialogue_quick_mode(&ike, A);
    scene_pause(scene, 60);
    give_up(&ike);
    scene_expect_nothing(scene);
}

static void mode_config_without_an_answer_is_a_likely_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_main_mode(&ike);
    transaction(&ike, A, false);
    const struct es_finding *f = scene_finding(scene, "modecfg-failed");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 4);
    assert_non_null(strstr(f->summary, "asks for its address"));
}

static void mode_config_that_is_answered_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_main_mode(&ike);
    transaction(&ike, A, true);
    dialogue_quick_mode(&ike, A);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eap_that_ends_with_a_short_answer_has_failed),
        cmocka_unit_test(eap_that_goes_on_after_a_short_answer_has_not),
        scene_test(the_first_refusal_behind_ike_intermediate_is_none_of_eap),
        scene_test(an_answer_within_eap_that_never_comes_is_a_stall),
        scene_test(an_answer_within_eap_that_comes_late_is_a_note),
        scene_test(transactions_of_the_responder_and_an_end_are_a_refused_user),
        scene_test(quick_mode_behind_xauth_is_success),
        scene_test(mode_config_without_an_answer_is_a_likely_fault),
        scene_test(mode_config_that_is_answered_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
