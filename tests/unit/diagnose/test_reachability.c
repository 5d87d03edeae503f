/*
 * No answer to the first message, or none from IKE_AUTH on.
 */
#include "dialogue.h"
#include "unit.h"

/* The first message of a negotiation, sent `times` times. */
static void call_in_vain(struct dialogue *ike, unsigned times, double every)
{
    const struct wire first = ike->suite.major == 1 ? dialogue_main(ike, 1) : dialogue_init(ike, 0);
    for (unsigned i = 0; i < times; i++) {
        if (i)
            scene_pause(ike->scene, every);
        scene_ike(ike->scene, ike->initiator, &first);
    }
}

static void authenticate_in_vain(struct dialogue *ike, unsigned times, double every)
{
    dialogue_ask_in_vain(ike, ike->initiator, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, times, every);
}

/* --- ike-no-response --- */

static void a_call_that_nobody_answers_is_a_fault_of_both_versions(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_v1_sha1};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        call_in_vain(&ike, 5, 4);
        scene_expect(&scene, "ike-no-response");
        const struct es_finding *f = scene_finding(&scene, "ike-no-response");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
        assert_int_equal(f->peer, 1);
        assert_string_equal(f->role, "responder");
        assert_int_equal(f->count, 5);
        assert_int_equal(f->first.number, 1);
        assert_int_equal(f->last.number, 5);
        assert_int_equal(f->evidence_count, 2);
        assert_non_null(strstr(f->reason, "cannot show"));
        scene_close(&scene);
    }
}

static void several_attempts_are_one_finding(void **state)
{
    struct scene *scene = *state;
    for (uint8_t number = 1; number <= 3; number++) {
        struct dialogue ike = dialogue_of(scene, B, number, &suite_gcm);
        call_in_vain(&ike, 4, 4);
        scene_pause(scene, 10);
    }
    scene_expect(scene, "ike-no-response");
    const struct es_finding *f = scene_finding(scene, "ike-no-response");
    assert_int_equal(f->count, 12);
    assert_non_null(strstr(f->summary, "in 3 attempts"));
}

static void an_icmp_error_names_who_to_ask(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &init);
        scene_icmp(scene, A, "203.0.113.254", 3, 3);
        scene_pause(scene, 4);
    }
    scene_expect(scene, "ike-no-response");
    const struct es_finding *f = scene_finding(scene, "ike-no-response");
    assert_int_equal(f->evidence_count, 3);
    assert_int_equal(f->evidence[1].ref.number, 2);
    assert_non_null(strstr(f->evidence[1].what, "type 3 code 3 from 203.0.113.254"));
    assert_non_null(strstr(f->checks[0], "203.0.113.254"));
}

static void a_later_success_makes_it_a_note(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    call_in_vain(&ike, 5, 4);
    scene_pause(scene, 10);
    struct dialogue next = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&next);
    scene_expect(scene, "ike-no-response");
    const struct es_finding *f = scene_finding(scene, "ike-no-response");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_non_null(strstr(f->summary, "later attempt succeeded"));
}

static void a_capture_that_ends_within_patience_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    call_in_vain(&ike, 4, 1);
    scene_expect_nothing(scene);
    scene_last_until(scene, 5.5);
    scene_expect(scene, "ike-no-response");
}

static void one_retransmission_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    call_in_vain(&ike, 2, 4);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void a_cookie_is_an_answer(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire cookie =
        dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0, ES_IKE_NOTIFY_COOKIE, 20);
    const struct wire again = dialogue_init(&ike, 20);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &cookie);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &again);
        scene_pause(scene, 4);
    }
    assert_null(scene_finding(scene, "ike-no-response"));
}

static void a_late_answer_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    call_in_vain(&ike, 4, 4);
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, B, &reply);
    dialogue_authenticate(&ike);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

/* --- ike-auth-no-response, natt-4500-blocked --- */

static void silence_from_ike_auth_on_is_a_likely_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    authenticate_in_vain(&ike, 4, 4);
    scene_expect(scene, "ike-auth-no-response");
    const struct es_finding *f = scene_finding(scene, "ike-auth-no-response");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->first.number, 3);
}

static void silence_after_the_move_to_4500_blames_that_port(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    scene->own[A] = (struct scene_endpoint){scene_address("10.1.1.5"), 500};
    dialogue_agree(&ike);
    scene_float(scene);
    authenticate_in_vain(&ike, 4, 4);
    scene_expect(scene, "natt-4500-blocked");
    const struct es_finding *f = scene_finding(scene, "natt-4500-blocked");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 1);
    assert_non_null(strstr(f->summary, "port 4500"));
}

static void a_later_success_makes_both_a_note(void **state)
{
    (void)state;
    static const char *const ids[] = {"ike-auth-no-response", "natt-4500-blocked"};
    for (size_t i = 0; i < ES_COUNT(ids); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        dialogue_agree(&ike);
        if (i)
            scene_float(&scene);
        authenticate_in_vain(&ike, 4, 4);
        scene_pause(&scene, 10);
        struct dialogue next = dialogue_of(&scene, A, 2, &suite_gcm);
        dialogue_establish(&next);
        const struct es_finding *f = scene_finding(&scene, ids[i]);
        assert_non_null(f);
        assert_int_equal(f->severity, ES_SEVERITY_NOTE);
        scene_close(&scene);
    }
}

static void ike_auth_within_patience_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    authenticate_in_vain(&ike, 4, 1);
    scene_expect_nothing(scene);
}

static void fragments_of_ike_auth_are_no_retransmissions(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    for (uint16_t i = 1; i <= 5; i++) {
        const struct wire part =
            dialogue_fragment(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, 1, false, i, 5);
        scene_ike(scene, A, &part);
        scene_pause(scene, 0.1);
    }
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void one_captured_side_is_no_fault(void **state)
{
    (void)state;
    for (uint8_t hidden = A; hidden <= B; hidden++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        scene.hidden[hidden] = true;
        dialogue_establish(&ike);
        scene_last_until(&scene, 60);
        scene_expect(&scene, "capture-one-sided");
        scene_close(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_nobody_answers_is_a_fault_of_both_versions),
        scene_test(several_attempts_are_one_finding),
        scene_test(an_icmp_error_names_who_to_ask),
        scene_test(a_later_success_makes_it_a_note),
        scene_test(a_capture_that_ends_within_patience_is_no_fault),
        scene_test(one_retransmission_is_no_fault),
        scene_test(a_cookie_is_an_answer),
        scene_test(a_late_answer_is_no_fault),
        scene_test(silence_from_ike_auth_on_is_a_likely_fault),
        scene_test(silence_after_the_move_to_4500_blames_that_port),
        cmocka_unit_test(a_later_success_makes_both_a_note),
        scene_test(ike_auth_within_patience_is_no_fault),
        scene_test(fragments_of_ike_auth_are_no_retransmissions),
        cmocka_unit_test(one_captured_side_is_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
