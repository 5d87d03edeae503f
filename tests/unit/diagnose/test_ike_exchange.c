/*
 * How the two ends ask and answer: requests sent again, slow answers, message IDs.
 */
#include "dialogue.h"
#include "unit.h"

/* A request of `from`, sent `times` times, and answered after the last one. */
static void ask_again(struct dialogue *ike, uint8_t from, unsigned times)
{
    const struct wire request =
        dialogue_request(ike, from, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    for (unsigned i = 0; i < times; i++) {
        if (i)
            scene_pause(ike->scene, 4);
        scene_ike(ike->scene, from, &request);
    }
    const struct wire reply = dialogue_reply(ike, &request, INNER_EMPTY);
    scene_ike(ike->scene, 1 - from, &reply);
    scene_pause(ike->scene, 10);
}

static void requests_that_have_to_be_sent_again_are_a_warning(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    ask_again(&ike, A, 2);
    scene_expect_nothing(scene);
    ask_again(&ike, A, 3);
    scene_expect(scene, "ike-retransmissions");
    const struct es_finding *f = scene_finding(scene, "ike-retransmissions");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->peer, B);
    assert_int_equal(f->count, 2);
    assert_non_null(strstr(f->summary, "2 of 4 IKE requests"));
    assert_non_null(strstr(f->summary, "3 times in all"));
    /* Many that go well, and it is ordinary loss. */
    for (int i = 0; i < 20; i++)
        ask_again(&ike, A, 1);
    scene_expect_nothing(scene);
}

static void one_long_trouble_is_no_lossy_path(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    ask_again(&ike, A, 6);
    assert_null(scene_finding(scene, "ike-retransmissions"));
}

static void a_capture_that_saw_packets_twice_counts_no_copies(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    scene->twice = true;
    dialogue_establish(&ike);
    for (int i = 0; i < 5; i++)
        ask_again(&ike, A, 1);
    assert_null(scene_finding(scene, "ike-retransmissions"));
    assert_null(scene_finding(scene, "ike-response-lost"));
}

/* --- ike-slow-responder --- */

static void a_slow_answer_is_measured(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    const struct wire request = dialogue_request(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH);
    const struct wire reply = dialogue_reply(&ike, &request, INNER_AUTH);
    scene_ike(scene, A, &request);
    scene_pause(scene, 3.7);
    scene_ike(scene, B, &reply);
    scene_expect(scene, "ike-slow-responder");
    const struct es_finding *f = scene_finding(scene, "ike-slow-responder");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->peer, B);
    assert_int_equal(f->first.number, 3);
    assert_int_equal(f->last.number, 4);
    assert_non_null(strstr(f->summary, "3.7 s to answer IKE_AUTH"));
}

static void an_answer_right_after_a_copy_is_not_slow(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    ask_again(&ike, A, 3);
    assert_null(scene_finding(scene, "ike-slow-responder"));
}

/* Every copy is answered, so none was lost: the first answer was slow. */
static void as_many_answers_as_copies_make_a_slow_one(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    const struct wire request = dialogue_request(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH);
    const struct wire reply = dialogue_reply(&ike, &request, INNER_AUTH);
    scene_ike(scene, A, &request);
    scene_pause(scene, 4);
    scene_ike(scene, A, &request);
    scene_pause(scene, 0.5);
    scene_ike(scene, B, &reply);
    assert_null(scene_finding(scene, "ike-slow-responder"));
    scene_pause(scene, 1);
    scene_ike(scene, B, &reply);
    const struct es_finding *f = scene_finding(scene, "ike-slow-responder");
    assert_non_null(f);
    assert_non_null(strstr(f->summary, "4.5 s"));
}

/* --- ike-msgid-gap --- */

static void ask_in_vain(struct dialogue *ike, uint8_t from)
{
    dialogue_ask_in_vain(ike, from, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD, 4, 4);
}

static void a_jump_that_the_living_peer_ignores_is_a_warning(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_dpd(&ike, A);
    ike.next_id[A] += 5;
    ask_in_vain(&ike, A);
    assert_null(scene_finding(scene, "ike-msgid-gap"));
    dialogue_dpd(&ike, B);
    const struct es_finding *f = scene_finding(scene, "ike-msgid-gap");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_int_equal(f->peer, A);
    assert_non_null(strstr(f->summary, "from message ID 3 to 8"));
}

static void a_jump_that_is_answered_is_the_captures(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_dpd(&ike, A);
    ike.next_id[A] += 5;
    dialogue_dpd(&ike, A);
    dialogue_dpd(&ike, B);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void the_middle_of_a_capture_is_no_jump(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ike.next_id[A] = 500;
    ike.next_id[B] = 70;
    dialogue_dpd(&ike, A);
    ask_in_vain(&ike, A);
    dialogue_dpd(&ike, B);
    assert_null(scene_finding(scene, "ike-msgid-gap"));
}

/* --- ike-window-stall --- */

static void a_request_that_hangs_while_the_tunnel_lives_is_a_stall(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, 0x1000, 0x2000, 1, 10, 1000);
    ask_in_vain(&ike, A);
    scene_talk(scene, 0x1000, 0x2000, 11, 30, 1000);
    assert_null(scene_finding(scene, "ike-window-stall"));
    scene_talk(scene, 0x1000, 0x2000, 41, 60, 1000);
    const struct es_diagnosis *d = scene_diagnose(scene);
    const struct es_finding *f = es_diagnosis_findings(d);
    while (f && strcmp(f->rule->id, "ike-window-stall") != 0 && !scene_below(f, "ike-window-stall"))
        f = f->next;
    assert_non_null(f);
    if (strcmp(f->rule->id, "ike-window-stall") != 0)
        f = scene_below(f, "ike-window-stall");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->peer, A);
    assert_non_null(strstr(f->summary, "CREATE_CHILD_SA request 2"));
}

static void a_request_after_it_shows_that_nothing_hangs(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    ask_in_vain(&ike, A);
    dialogue_dpd(&ike, A);
    scene_talk(scene, 0x1000, 0x2000, 1, 100, 1000);
    assert_null(scene_finding(scene, "ike-window-stall"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(requests_that_have_to_be_sent_again_are_a_warning),
        scene_test(one_long_trouble_is_no_lossy_path),
        scene_test(a_capture_that_saw_packets_twice_counts_no_copies),
        scene_test(a_slow_answer_is_measured),
        scene_test(an_answer_right_after_a_copy_is_not_slow),
        scene_test(as_many_answers_as_copies_make_a_slow_one),
        scene_test(a_jump_that_the_living_peer_ignores_is_a_warning),
        scene_test(a_jump_that_is_answered_is_the_captures),
        scene_test(the_middle_of_a_capture_is_no_jump),
        scene_test(a_request_that_hangs_while_the_tunnel_lives_is_a_stall),
        scene_test(a_request_after_it_shows_that_nothing_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
