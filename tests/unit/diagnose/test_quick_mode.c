/*
 * IKEv1's Quick Mode that stalls, and phase 2 that is not made again.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, A2 = 0xaaaa0002, B2 = 0xbbbb0002 };

static struct dialogue phase1(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_main_mode(&ike);
    return ike;
}

static struct wire quick(struct dialogue *ike, uint32_t id, size_t inner)
{
    return dialogue_sealed_v1(ike, ES_IKE_EXCHANGE_QUICK, id, inner);
}

static void ask_in_vain(struct dialogue *ike, unsigned times)
{
    const struct wire first = quick(ike, 77, INNER_V1_QUICK);
    for (unsigned i = 0; i < times; i++) {
        scene_ike(ike->scene, A, &first);
        scene_pause(ike->scene, 4);
    }
}

static void a_first_message_sent_in_vain_is_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = phase1(scene);
    ask_in_vain(&ike, 4);
    scene_expect(scene, "ikev1-qm-unanswered");
    const struct es_finding *f = scene_finding(scene, "ikev1-qm-unanswered");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->peer, B);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->last.number, scene->packets);
}

static void phase_2_that_comes_later_withdraws_it(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = phase1(scene);
    ask_in_vain(&ike, 4);
    dialogue_quick_mode(&ike, A);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    assert_null(scene_finding(scene, "ikev1-qm-unanswered"));
}

static void a_late_answer_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = phase1(scene);
    ask_in_vain(&ike, 2);
    const struct wire second = quick(&ike, 77, INNER_V1_QUICK);
    scene_ike(scene, B, &second);
    const struct wire third = quick(&ike, 77, 0);
    scene_ike(scene, A, &third);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    assert_null(scene_finding(scene, "ikev1-qm-unanswered"));
}

/* B repeats its message; A's third one is seen or not, ESP comes of A alone. */
static void third_lost(struct scene *scene, bool third_seen, bool answers)
{
    struct dialogue ike = phase1(scene);
    const struct wire first = quick(&ike, 77, INNER_V1_QUICK);
    const struct wire second = quick(&ike, 77, INNER_V1_QUICK);
    const struct wire third = quick(&ike, 77, 0);
    scene_ike(scene, A, &first);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, B, &second);
        if (third_seen)
            scene_ike(scene, A, &third);
        scene_stream(scene, A, A1, 1 + 4 * (uint32_t)i, 4, 1000);
    }
    if (answers)
        scene_talk(scene, A1, B1, 17, 20, 1000);
}

static void a_second_message_sent_again_and_again_is_a_fault(void **state)
{
    (void)state;
    for (int seen = 0; seen < 2; seen++) {
        struct scene scene = scene_open();
        third_lost(&scene, seen == 1, false);
        scene_expect(&scene, "ikev1-qm3-lost");
        const struct es_finding *f = scene_finding(&scene, "ikev1-qm3-lost");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->peer, seen ? B : A);
        assert_int_equal(f->count, 4);
        assert_non_null(scene_below(f, "esp-one-way"));
        scene_close(&scene);
    }
}

static void esp_that_comes_back_makes_it_milder(void **state)
{
    struct scene *scene = *state;
    third_lost(scene, true, true);
    assert_int_equal(scene_finding(scene, "ikev1-qm3-lost")->severity, ES_SEVERITY_WARNING);
}

static void a_message_that_the_capture_saw_twice_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    scene->twice = true;
    dialogue_establish_v1(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_expect_nothing(scene);
}

/* --- ikev1-child-lost-after-reauth --- */

static void say_delete(struct dialogue *ike, size_t inner)
{
    const struct wire wire =
        dialogue_sealed_v1(ike, ES_IKE_EXCHANGE_INFORMATIONAL_V1, ++ike->next_id[A], inner);
    scene_ike(ike->scene, A, &wire);
}

static struct dialogue reauthenticate(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_establish_v1(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    say_delete(&ike, INNER_V1_DELETE_CHILD);
    say_delete(&ike, INNER_V1_DELETE_IKE);
    struct dialogue next = dialogue_of(scene, A, 2, &suite_v1_sha1);
    dialogue_main_mode(&next);
    return next;
}

static void a_new_phase_1_without_quick_mode_is_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = reauthenticate(scene);
    for (int turn = 0; turn < 3; turn++) {
        scene_pause(scene, 5);
        dialogue_r_u_there(&ike, B, true);
    }
    const struct es_finding *f = scene_finding(scene, "ikev1-child-lost-after-reauth");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, A);
}

static void a_new_phase_1_with_quick_mode_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = reauthenticate(scene);
    dialogue_quick_mode(&ike, A);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    assert_null(scene_finding(scene, "ikev1-child-lost-after-reauth"));
}

static void a_capture_that_ends_at_once_says_nothing(void **state)
{
    struct scene *scene = *state;
    reauthenticate(scene);
    scene_pause(scene, 1);
    assert_null(scene_finding(scene, "ikev1-child-lost-after-reauth"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_first_message_sent_in_vain_is_a_fault),
        scene_test(phase_2_that_comes_later_withdraws_it),
        scene_test(a_late_answer_is_no_fault),
        scene_test(a_second_message_sent_again_and_again_is_a_fault),
        scene_test(esp_that_comes_back_makes_it_milder),
        scene_test(a_message_that_the_capture_saw_twice_is_none),
        scene_test(a_new_phase_1_without_quick_mode_is_a_fault),
        scene_test(a_new_phase_1_with_quick_mode_is_none),
        scene_test(a_capture_that_ends_at_once_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
