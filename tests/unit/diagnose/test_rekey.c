/*
 * Rekeys that fail, that leave a gap, that collide.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, A2 = 0xaaaa0002, B2 = 0xbbbb0002 };
enum { REKEY_REQUEST = INNER_CHILD + 12 };

static struct dialogue working(struct scene *scene, const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, A, 1, suite);
    if (suite->major == 1)
        dialogue_establish_v1(&ike);
    else
        dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    return ike;
}

/* --- rekey-failed --- */

static void a_rekey_without_an_answer_is_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    const uint64_t first = scene->packets + 1;
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, REKEY_REQUEST, 4, 4);
    scene_talk(scene, A1, B1, 21, 10, 1000);
    scene_expect(scene, "rekey-failed");
    const struct es_finding *f = scene_finding(scene, "rekey-failed");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->peer, B);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->first.number, first);
    assert_non_null(strstr(f->summary, "ESP goes on"));
}

static void a_new_ike_sa_makes_it_milder(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, REKEY_REQUEST, 4, 4);
    scene_pause(scene, 1);
    struct dialogue anew = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&anew);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    const struct es_finding *f = scene_finding(scene, "rekey-failed");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_non_null(strstr(f->summary, "later a new SA"));
}

static void an_answer_to_the_last_try_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    const struct wire request =
        dialogue_request(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, REKEY_REQUEST);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &request);
        scene_pause(scene, 2);
    }
    const struct wire reply = dialogue_reply(&ike, &request, INNER_CHILD);
    scene_ike(scene, B, &reply);
    dialogue_delete_child(&ike, A);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    assert_null(scene_finding(scene, "rekey-failed"));
}

static void a_refusal_is_a_note_while_esp_goes_on_and_a_fault_when_it_ends(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, REKEY_REQUEST, INNER_NOTIFY);
    scene_talk(scene, A1, B1, 21, 5, 1000);
    assert_int_equal(scene_finding(scene, "rekey-failed")->severity, ES_SEVERITY_NOTE);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, 100, INNER_NOTIFY);
    scene_pause(scene, 20);
    dialogue_dpd(&ike, A);
    assert_int_equal(scene_finding(scene, "rekey-failed")->severity, ES_SEVERITY_ERROR);
}

static void phase_2_that_is_not_rekeyed_is_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_v1_sha1);
    const struct wire first = dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_QUICK, 99, INNER_V1_QUICK);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &first);
        scene_pause(scene, 4);
    }
    scene_expect(scene, "rekey-failed");
    assert_non_null(strstr(scene_finding(scene, "rekey-failed")->summary, "Quick Mode"));
}

/* --- rekey-gap --- */

/* Break before make: `silence` seconds pass until the new IKE SA and its Child SA are there. */
static void reauthenticate(struct scene *scene, double silence, bool traffic_waits)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 80, 250);
    dialogue_delete_ike(&ike, A);
    scene_pause(scene, silence);
    struct dialogue anew = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&anew);
    if (!traffic_waits)
        scene_pause(scene, 20);
    scene_talk(scene, A2, B2, 1, 80, 250);
}

static void traffic_that_waits_for_the_new_sa_shows_a_gap(void **state)
{
    struct scene *scene = *state;
    reauthenticate(scene, 4, true);
    scene_expect(scene, "rekey-gap");
    const struct es_finding *f = scene_finding(scene, "rekey-gap");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_in_range(f->last.time - f->first.time, 4 * ES_SECOND, 5 * ES_SECOND);
}

static void a_quick_reauthentication_is_no_gap(void **state)
{
    struct scene *scene = *state;
    reauthenticate(scene, 0.5, true);
    scene_expect_nothing(scene);
}

static void traffic_that_paused_anyway_shows_no_gap(void **state)
{
    struct scene *scene = *state;
    reauthenticate(scene, 4, false);
    assert_null(scene_finding(scene, "rekey-gap"));
}

/* The traffic pauses, then a rekey, then it goes on: the old SA was there all the time. */
static void a_pause_that_ends_with_a_rekey_is_no_gap(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    scene_pause(scene, 30);
    dialogue_rekey_child(&ike, A);
    dialogue_delete_child(&ike, A);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    scene_expect_nothing(scene);
}

/* --- rekey-collision --- */

static struct dialogue collide(struct scene *scene)
{
    struct dialogue ike = working(scene, &suite_gcm);
    const struct wire of_a =
        dialogue_request(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, REKEY_REQUEST);
    const struct wire of_b =
        dialogue_request(&ike, B, ES_IKE_EXCHANGE_CREATE_CHILD_SA, REKEY_REQUEST);
    scene_ike(scene, A, &of_a);
    scene_ike(scene, B, &of_b);
    const struct wire to_b = dialogue_reply(&ike, &of_b, INNER_CHILD);
    const struct wire to_a = dialogue_reply(&ike, &of_a, INNER_CHILD);
    scene_ike(scene, A, &to_b);
    scene_ike(scene, B, &to_a);
    return ike;
}

static void two_new_sas_that_both_stay_are_told(void **state)
{
    struct scene *scene = *state;
    collide(scene);
    for (uint32_t i = 0; i < 30; i++) {
        scene_talk(scene, A2, B2, 1 + i, 1, 500);
        scene_talk(scene, A2 + 1, B2 + 1, 1 + i, 1, 500);
    }
    const struct es_finding *f = scene_finding(scene, "rekey-collision");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(es_ike_sa_odd(scene_ike_sa(scene, 1))->collisions.count, 1);
}

static void a_collision_that_is_resolved_is_counted_only(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = collide(scene);
    dialogue_delete_child(&ike, A);
    dialogue_delete_child(&ike, B);
    scene_talk(scene, A2, B2, 1, 30, 1000);
    scene_expect_nothing(scene);
    assert_non_null(strstr(scene_finding(scene, "child-rekey")->summary, "crossed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_rekey_without_an_answer_is_a_fault),
        scene_test(a_new_ike_sa_makes_it_milder),
        scene_test(an_answer_to_the_last_try_is_no_fault),
        scene_test(a_refusal_is_a_note_while_esp_goes_on_and_a_fault_when_it_ends),
        scene_test(phase_2_that_is_not_rekeyed_is_a_fault),
        scene_test(traffic_that_waits_for_the_new_sa_shows_a_gap),
        scene_test(a_quick_reauthentication_is_no_gap),
        scene_test(traffic_that_paused_anyway_shows_no_gap),
        scene_test(a_pause_that_ends_with_a_rekey_is_no_gap),
        scene_test(two_new_sas_that_both_stay_are_told),
        scene_test(a_collision_that_is_resolved_is_counted_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
