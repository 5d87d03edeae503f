/*
 * How liveness is checked: by whom, how often, or not at all.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

static struct dialogue establish(struct scene *scene, const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, A, 1, suite);
    if (suite->major == 1)
        dialogue_establish_v1(&ike);
    else
        dialogue_establish(&ike);
    scene_at(scene, 1);
    return ike;
}

static void check_every(struct dialogue *ike, uint8_t from, unsigned times, double seconds)
{
    for (unsigned i = 0; i < times; i++) {
        scene_at(ike->scene, 1 + i * seconds);
        dialogue_dpd(ike, from);
    }
}

static void the_period_of_each_side_is_measured(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    for (unsigned i = 0; i < 6; i++) {
        scene_at(scene, 10 + i * 30 + (i % 2) * 0.5);
        dialogue_dpd(&ike, A);
        scene_at(scene, 20 + i * 30);
        dialogue_dpd(&ike, B);
    }
    scene_expect(scene, "dpd-interval");
    const struct es_finding *f = scene_finding(scene, "dpd-interval");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->count, 12);
    assert_non_null(strstr(f->summary, "192.0.2.1 asks every 30.1 s (29.5 s to 30.5 s, 6 times, 6 "
                                       "answered)"));
    assert_non_null(strstr(f->summary, "198.51.100.2 asks every 30.0 s"));
}

static void one_check_has_no_period(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    check_every(&ike, A, 2, 30);
    assert_null(scene_finding(scene, "dpd-interval"));
}

static void the_one_who_asks_is_named(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_v1_sha1);
    for (int i = 0; i < 4; i++) {
        dialogue_r_u_there(&ike, B, true);
        scene_pause(scene, 30);
    }
    const struct es_finding *f = scene_finding(scene, "dpd-one-sided");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->count, 4);
    assert_non_null(strstr(f->summary, "did not announce DPD"));
}

static void checks_of_both_are_not_one_sided(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    check_every(&ike, A, 4, 30);
    dialogue_dpd(&ike, B);
    assert_null(scene_finding(scene, "dpd-one-sided"));
}

static void very_frequent_checks_are_a_warning(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    check_every(&ike, B, 12, 2);
    scene_expect(scene, "dpd-aggressive");
    const struct es_finding *f = scene_finding(scene, "dpd-aggressive");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 12);
    assert_non_null(strstr(f->summary, "every 2.0 s"));
}

static void a_few_of_them_are_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    check_every(&ike, B, 8, 2);
    scene_expect_nothing(scene);
}

static void usual_checks_are_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    check_every(&ike, B, 30, 10);
    scene_expect_nothing(scene);
}

/* RFC 3706, 5.5: while no answer comes, the next question comes sooner. */
static void questions_in_trouble_do_not_count(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_v1_sha1);
    for (int i = 0; i < 20; i++) {
        dialogue_r_u_there(&ike, A, i % 2);
        scene_pause(scene, i % 2 ? 30 : 1);
    }
    assert_null(scene_finding(scene, "dpd-aggressive"));
}

/* --- nobody asks --- */

static void a_long_idle_time_without_checks_is_worth_a_note(void **state)
{
    struct scene *scene = *state;
    establish(scene, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    const uint64_t last = scene->packets;
    scene_at(scene, 400);
    scene_talk(scene, A1, B1, 11, 10, 1000);
    scene_expect(scene, "dpd-absent");
    const struct es_finding *f = scene_finding(scene, "dpd-absent");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->evidence[0].ref.number, last);
    assert_int_equal(f->evidence[1].ref.number, last + 1);
    assert_false(f->has_peer);
}

static void a_peer_that_died_meanwhile_makes_it_worse(void **state)
{
    struct scene *scene = *state;
    establish(scene, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    scene_at(scene, 400);
    scene_stream(scene, A, A1, 11, 30, 1000);
    scene_expect(scene, "esp-one-way");
    const struct es_finding *f = scene_below(scene_finding(scene, "esp-one-way"), "dpd-absent");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
}

static void a_time_that_lasts_counts(void **state)
{
    struct scene *scene = *state;
    establish(scene, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    scene_last_until(scene, 200);
    scene_expect_nothing(scene);
    scene_last_until(scene, 350);
    scene_expect(scene, "dpd-absent");
}

static void checks_make_it_fine(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    scene_at(scene, 400);
    dialogue_dpd(&ike, A);
    scene_last_until(scene, 800);
    scene_expect_nothing(scene);
}

static void a_closed_tunnel_needs_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    dialogue_delete_ike(&ike, A);
    scene_last_until(scene, 800);
    scene_expect_nothing(scene);
}

static void a_jump_of_the_clock_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    scene_at(scene, 90000);
    scene_talk(scene, A1, B1, 11, 10, 1000);
    assert_null(scene_finding(scene, "dpd-absent"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(the_period_of_each_side_is_measured),
        scene_test(one_check_has_no_period),
        scene_test(the_one_who_asks_is_named),
        scene_test(checks_of_both_are_not_one_sided),
        scene_test(very_frequent_checks_are_a_warning),
        scene_test(a_few_of_them_are_none),
        scene_test(usual_checks_are_none),
        scene_test(questions_in_trouble_do_not_count),
        scene_test(a_long_idle_time_without_checks_is_worth_a_note),
        scene_test(a_peer_that_died_meanwhile_makes_it_worse),
        scene_test(a_time_that_lasts_counts),
        scene_test(checks_make_it_fine),
        scene_test(a_closed_tunnel_needs_none),
        scene_test(a_jump_of_the_clock_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
