/*
 * Liveness: questions, answers, and since when there are none.
 */
#include "dialogue.h"
#include "unit.h"

static const struct es_dpd *dpd_of(const struct scene *scene, uint8_t side)
{
    return es_ike_sa_dpd(scene_ike_sa(scene, 1), side);
}

static void answered_questions_are_counted_with_their_rhythm(void **state)
{
    struct scene *scene = *state;
    static const double times[] = {10, 40, 69, 100};
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    for (size_t i = 0; i < ES_COUNT(times); i++) {
        scene_at(scene, times[i]);
        dialogue_dpd(&ike, A);
    }
    const struct es_dpd *dpd = dpd_of(scene, 0);
    assert_int_equal(dpd->requests, 4);
    assert_int_equal(dpd->answered, 4);
    assert_int_equal(dpd->interval_count, 3);
    assert_true(dpd->interval_sum == 90 * ES_SECOND);
    assert_int_equal(dpd->unanswered_requests, 0);
    assert_int_equal(dpd->unanswered.count, 0);
    assert_int_equal(dpd_of(scene, 1)->requests, 0);
}

static void a_question_in_vain_is_counted_with_its_repeats(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_at(scene, 30);
    dialogue_ask_in_vain(&ike, B, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 4, 4);
    const struct es_dpd *dpd = dpd_of(scene, 1);
    assert_int_equal(dpd->requests, 1);
    assert_int_equal(dpd->answered, 0);
    assert_int_equal(dpd->unanswered_requests, 1);
    assert_int_equal(dpd->unanswered.count, 4);
    assert_int_equal(dpd->unanswered.first.number, 5);
    assert_int_equal(dpd->unanswered.last.number, 8);
}

static void copies_that_the_capture_made_are_no_repeats(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    scene_at(scene, 30);
    scene_ike(scene, A, &ask);
    scene_ike(scene, A, &ask);
    assert_int_equal(dpd_of(scene, 0)->unanswered.count, 1);
    scene_at(scene, 34);
    scene_ike(scene, A, &ask);
    scene_ike(scene, A, &ask);
    assert_int_equal(dpd_of(scene, 0)->unanswered.count, 2);
}

static void a_late_answer_settles_the_question(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    const struct wire answer = dialogue_reply(&ike, &ask, INNER_EMPTY);
    for (int i = 0; i < 5; i++) {
        scene_pause(scene, 4);
        scene_ike(scene, A, &ask);
    }
    assert_int_equal(dpd_of(scene, 0)->unanswered.count, 5);
    scene_ike(scene, B, &answer);
    assert_int_equal(dpd_of(scene, 0)->unanswered.count, 0);
    assert_int_equal(dpd_of(scene, 0)->unanswered_requests, 0);
    assert_int_equal(dpd_of(scene, 0)->answered, 1);
}

static void a_question_of_the_peer_shows_that_it_lives(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 3, 4);
    dialogue_dpd(&ike, B);
    assert_int_equal(dpd_of(scene, 0)->unanswered_requests, 0);
    assert_int_equal(dpd_of(scene, 1)->answered, 1);
}

static void probes_of_ikev1_in_vain_are_each_a_question(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_establish_v1(&ike);
    scene_at(scene, 30);
    dialogue_r_u_there(&ike, A, true);
    for (int i = 0; i < 3; i++) {
        scene_pause(scene, 10);
        dialogue_r_u_there(&ike, A, false);
    }
    const struct es_dpd *dpd = dpd_of(scene, 0);
    assert_int_equal(dpd->requests, 4);
    assert_int_equal(dpd->answered, 1);
    assert_int_equal(dpd->unanswered_requests, 3);
    assert_int_equal(dpd->unanswered.count, 3);
    scene_pause(scene, 10);
    dialogue_r_u_there(&ike, A, true);
    assert_int_equal(dpd->unanswered_requests, 0);
    assert_int_equal(dpd->answered, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(answered_questions_are_counted_with_their_rhythm),
        scene_test(a_question_in_vain_is_counted_with_its_repeats),
        scene_test(copies_that_the_capture_made_are_no_repeats),
        scene_test(a_late_answer_settles_the_question),
        scene_test(a_question_of_the_peer_shows_that_it_lives),
        scene_test(probes_of_ikev1_in_vain_are_each_a_question),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
