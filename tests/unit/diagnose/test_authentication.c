/*
 * Refused authentication: who refused whom, and what the wire tells of the cause.
 */
#include "dialogue.h"
#include "unit.h"

/* --- auth-failed --- */

static void a_lone_error_instead_of_ike_auth_is_a_likely_fault(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_cbc};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        dialogue_agree(&ike);
        dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_NOTIFY);
        scene_expect(&scene, "auth-failed");
        const struct es_finding *f = scene_finding(&scene, "auth-failed");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
        assert_int_equal(f->provenance, ES_PROVENANCE_INFERRED);
        assert_int_equal(f->peer, 1);
        assert_int_equal(f->evidence[0].ref.number, 3); /* what was refused */
        assert_int_equal(f->evidence[1].ref.number, 4);
        scene_close(&scene);
    }
}

static void a_later_success_makes_it_a_note(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_NOTIFY);
    scene_pause(scene, 20);
    struct dialogue next = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&next);
    scene_expect(scene, "auth-failed");
    assert_int_equal(scene_finding(scene, "auth-failed")->severity, ES_SEVERITY_NOTE);
}

static void a_whole_answer_or_one_without_child_is_no_refusal(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue childless = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_agree(&childless);
    dialogue_exchange(&childless, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_AUTH_CHILDLESS);
    assert_null(scene_finding(scene, "auth-failed"));
}

/* --- ikev1-psk-mismatch --- */

/* Main Mode up to its fifth message, which is sent `times` times, four seconds apart. */
static struct dialogue stop_at_the_fifth(struct scene *scene, unsigned times)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    for (unsigned number = 1; number <= 4; number++) {
        const struct wire wire = dialogue_main(&ike, number);
        scene_ike(scene, number % 2 ? A : B, &wire);
    }
    const struct wire fifth = dialogue_main(&ike, 5);
    for (unsigned i = 0; i < times; i++) {
        scene_ike(scene, A, &fifth);
        scene_pause(scene, 4);
    }
    return ike;
}

static void main_mode_that_stops_at_its_fifth_message_is_a_likely_fault(void **state)
{
    struct scene *scene = *state;
    stop_at_the_fifth(scene, 4);
    scene_expect(scene, "ikev1-psk-mismatch");
    const struct es_finding *f = scene_finding(scene, "ikev1-psk-mismatch");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->first.number, 5);
}

static void a_capture_that_ends_there_is_no_fault(void **state)
{
    struct scene *scene = *state;
    stop_at_the_fifth(scene, 2);
    scene_expect_nothing(scene);
}

static void a_late_sixth_message_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = stop_at_the_fifth(scene, 4);
    const struct wire sixth = dialogue_main(&ike, 6);
    scene_ike(scene, B, &sixth);
    dialogue_quick_mode(&ike, A);
    scene_expect_nothing(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lone_error_instead_of_ike_auth_is_a_likely_fault),
        scene_test(a_later_success_makes_it_a_note),
        scene_test(a_whole_answer_or_one_without_child_is_no_refusal),
        scene_test(main_mode_that_stops_at_its_fifth_message_is_a_likely_fault),
        scene_test(a_capture_that_ends_there_is_no_fault),
        scene_test(a_late_sixth_message_is_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
