/*
 * NAT keepalives: missing, alone, from the wrong side.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

static struct scene_endpoint inside(const char *address)
{
    return (struct scene_endpoint){scene_address(address), 500};
}

/* Comes up in UDP with A's port shown as `port`, and carries traffic for ten seconds. */
static struct dialogue come_up(struct scene *scene, uint16_t port)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    scene->peers[A].port = port;
    dialogue_authenticate(&ike);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    return ike;
}

static void nothing_at_all_from_behind_the_nat_is_a_warning(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up(scene, 40001);
    const uint64_t last = scene->packets - 1;
    scene_pause(scene, 75);
    scene_talk(scene, A1, B1, 11, 10, 1000);
    scene_expect(scene, "natt-in-use", "natt-keepalive-missing");
    const struct es_finding *f = scene_finding(scene, "natt-keepalive-missing");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->evidence[0].ref.number, last);
    assert_int_equal(f->evidence[1].ref.number, last + 2);
    assert_non_null(strstr(f->summary, "1 min 16 s"));
}

static void a_hash_alone_makes_it_possible(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up(scene, 4500);
    scene_pause(scene, 75);
    scene_talk(scene, A1, B1, 11, 10, 1000);
    assert_int_equal(scene_finding(scene, "natt-keepalive-missing")->confidence,
                     ES_CONFIDENCE_POSSIBLE);
}

static void a_responder_behind_a_nat_makes_it_a_note(void **state)
{
    struct scene *scene = *state;
    scene->other[A] = inside("203.0.113.1");
    come_up(scene, 4500);
    scene_pause(scene, 75);
    scene_talk(scene, A1, B1, 11, 10, 1000);
    const struct es_finding *f = scene_finding(scene, "natt-keepalive-missing");
    assert_non_null(f);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
}

static void the_end_of_the_capture_counts(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up(scene, 40001);
    scene_last_until(scene, 50);
    scene_expect(scene, "natt-in-use");
    scene_last_until(scene, 120);
    scene_expect(scene, "natt-in-use", "natt-keepalive-missing");
}

static void keepalives_are_enough(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up(scene, 40001);
    for (int i = 0; i < 14; i++) {
        scene_pause(scene, 20);
        scene_keepalive(scene, A);
    }
    scene_expect(scene, "natt-in-use");
}

static void liveness_checks_are_enough(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    struct dialogue ike = come_up(scene, 40001);
    for (int i = 0; i < 20; i++) {
        scene_pause(scene, 30);
        dialogue_dpd(&ike, i % 2 ? A : B);
    }
    scene_expect(scene, "natt-in-use");
}

static void without_a_nat_none_are_needed(void **state)
{
    struct scene *scene = *state;
    come_up(scene, 4500);
    scene_pause(scene, 200);
    scene_talk(scene, A1, B1, 11, 10, 1000);
    scene_expect(scene, "natt-forced");
}

/* --- nothing but keepalives --- */

static void keepalives_after_a_question_in_vain_are_an_error(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    struct dialogue ike = come_up(scene, 40001);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD, 4, 4);
    const uint64_t asked = scene->packets - 3;
    for (int i = 0; i < 8; i++) {
        scene_pause(scene, 20);
        scene_keepalive(scene, A);
    }
    const struct es_finding *root = scene_finding(scene, "rekey-failed");
    assert_non_null(root);
    const struct es_finding *f = scene_below(root, "natt-keepalive-only");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 8);
    assert_int_equal(f->evidence[0].ref.number, asked);
}

static void behind_unanswered_liveness_checks_they_are_a_consequence(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    struct dialogue ike = come_up(scene, 40001);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 4, 4);
    for (int i = 0; i < 8; i++) {
        scene_pause(scene, 20);
        scene_keepalive(scene, A);
    }
    scene_expect(scene, "natt-in-use", "dpd-unanswered");
    assert_non_null(scene_below(scene_finding(scene, "dpd-unanswered"), "natt-keepalive-only"));
}

static void an_idle_tunnel_is_none(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up(scene, 40001);
    for (int i = 0; i < 30; i++) {
        scene_pause(scene, 20);
        scene_keepalive(scene, A);
    }
    scene_expect(scene, "natt-in-use", "dpd-absent");
}

static void seen_in_the_middle_they_are_none(void **state)
{
    struct scene *scene = *state;
    scene_float(scene);
    scene->peers[A].port = 40001;
    for (int i = 0; i < 30; i++) {
        scene_keepalive(scene, A);
        scene_pause(scene, 20);
    }
    scene_expect_nothing(scene);
}

static void an_answer_afterwards_settles_it(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    struct dialogue ike = come_up(scene, 40001);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD, 4, 4);
    for (int i = 0; i < 8; i++) {
        scene_pause(scene, 20);
        scene_keepalive(scene, A);
    }
    scene_esp(scene, B, B1, 11);
    assert_null(scene_finding(scene, "natt-keepalive-only"));
}

/* --- from the wrong side --- */

static void keepalives_from_outside_are_a_note(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up(scene, 40001);
    for (int i = 0; i < 3; i++) {
        scene_keepalive(scene, B);
        scene_pause(scene, 10);
        scene_talk(scene, A1, B1, 11 + (uint32_t)i, 1, 1000);
    }
    scene_expect(scene, "natt-in-use", "natt-keepalive-wrong-side");
    const struct es_finding *f = scene_finding(scene, "natt-keepalive-wrong-side");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->count, 3);
}

static void keepalives_of_both_are_none(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up(scene, 40001);
    for (int i = 0; i < 3; i++) {
        scene_keepalive(scene, B);
        scene_keepalive(scene, A);
        scene_pause(scene, 10);
    }
    scene_expect(scene, "natt-in-use");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(nothing_at_all_from_behind_the_nat_is_a_warning),
        scene_test(a_hash_alone_makes_it_possible),
        scene_test(a_responder_behind_a_nat_makes_it_a_note),
        scene_test(the_end_of_the_capture_counts),
        scene_test(keepalives_are_enough),
        scene_test(liveness_checks_are_enough),
        scene_test(without_a_nat_none_are_needed),
        scene_test(keepalives_after_a_question_in_vain_are_an_error),
        scene_test(behind_unanswered_liveness_checks_they_are_a_consequence),
        scene_test(an_idle_tunnel_is_none),
        scene_test(seen_in_the_middle_they_are_none),
        scene_test(an_answer_afterwards_settles_it),
        scene_test(keepalives_from_outside_are_a_note),
        scene_test(keepalives_of_both_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
