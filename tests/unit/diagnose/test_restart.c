/*
 * A peer that begins anew without closing what it had.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, A2, B1 = 0xbbbb0001, B2 };

static struct dialogue establish(struct scene *scene, uint8_t initiator, uint8_t number,
                                 const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, initiator, number, suite);
    if (suite->major == 1)
        dialogue_establish_v1(&ike);
    else
        dialogue_establish(&ike);
    return ike;
}

/* B is gone for `seconds` while A goes on, then begins anew. */
static void crash(struct scene *scene, const struct es_ike_suite *suite, unsigned seconds)
{
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_stream(scene, A, A1, 21, seconds, 1000);
    establish(scene, B, 2, suite);
    scene_talk(scene, A2, B2, 1, 20, 1000);
}

static void a_new_start_without_a_delete_is_a_warning(void **state)
{
    struct scene *scene = *state;
    establish(scene, A, 1, &suite_gcm);
    crash(scene, &suite_gcm, 6);
    scene_expect(scene, "peer-restarted");
    const struct es_finding *f = scene_finding(scene, "peer-restarted");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_string_equal(f->role, "initiator");
    assert_int_equal(f->evidence[0].ref.number, 4 + 40);
    assert_int_equal(f->evidence[1].ref.number, 4 + 46);
    assert_int_equal(f->evidence[2].ref.number, 4 + 47);
    assert_non_null(strstr(f->summary, "198.51.100.2 fell silent"));
}

static void in_ikev1_it_is_possible(void **state)
{
    struct scene *scene = *state;
    establish(scene, A, 1, &suite_v1_sha1);
    crash(scene, &suite_v1_sha1, 6);
    const struct es_finding *f = scene_finding(scene, "peer-restarted");
    assert_non_null(f);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
}

static void a_reauthentication_that_deletes_first_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, A, 1, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_stream(scene, A, A1, 21, 4, 1000);
    dialogue_delete_ike(&ike, B);
    establish(scene, B, 2, &suite_gcm);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    scene_expect_nothing(scene);
}

static void one_that_deletes_afterwards_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, A, 1, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_stream(scene, A, A1, 21, 4, 1000);
    establish(scene, B, 2, &suite_gcm);
    dialogue_delete_ike(&ike, B);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    assert_null(scene_finding(scene, "peer-restarted"));
}

static void one_that_uses_the_old_sa_until_then_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene, A, 1, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    establish(scene, B, 2, &suite_gcm);
    scene_talk(scene, A1, B1, 21, 5, 1000);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    assert_null(scene_finding(scene, "peer-restarted"));
}

static void a_second_ike_sa_beside_a_quiet_one_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene, A, 1, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_pause(scene, 30);
    establish(scene, B, 2, &suite_gcm);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    scene_expect_nothing(scene);
}

static void a_stream_over_a_new_isakmp_sa_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene, A, 1, &suite_v1_sha1);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_stream(scene, A, A1, 21, 30, 100);
    struct dialogue again = dialogue_of(scene, B, 2, &suite_v1_sha1);
    dialogue_main_mode(&again);
    scene_stream(scene, A, A1, 51, 400, 100);
    assert_null(scene_finding(scene, "peer-restarted"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_new_start_without_a_delete_is_a_warning),
        scene_test(in_ikev1_it_is_possible),
        scene_test(a_reauthentication_that_deletes_first_is_none),
        scene_test(one_that_deletes_afterwards_is_none),
        scene_test(one_that_uses_the_old_sa_until_then_is_none),
        scene_test(a_second_ike_sa_beside_a_quiet_one_is_none),
        scene_test(a_stream_over_a_new_isakmp_sa_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
