/*
 * Captures that hold one direction only.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

static void what_one_side_says_proves_that_it_hears_the_other(void **state)
{
    (void)state;
    for (uint8_t hidden = A; hidden <= B; hidden++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        scene.hidden[hidden] = true;
        dialogue_establish(&ike);
        scene_talk(&scene, A1, B1, 1, 40, 1000);
        dialogue_dpd(&ike, A);
        scene_expect(&scene, "capture-one-sided");
        const struct es_finding *f = scene_finding(&scene, "capture-one-sided");
        assert_int_equal(f->severity, ES_SEVERITY_WARNING);
        assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
        assert_int_equal(f->count, 43);
        assert_int_equal(f->first.number, 1);
        assert_int_equal(f->evidence_count, 2);
        assert_int_equal(f->flow_count, 1);
        scene_close(&scene);
    }
}

static void main_mode_shows_it_too(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    scene->hidden[B] = true;
    dialogue_establish_v1(&ike);
    scene_expect(scene, "capture-one-sided");
    assert_int_equal(scene_finding(scene, "capture-one-sided")->confidence, ES_CONFIDENCE_CERTAIN);
}

static void esp_alone_leaves_it_possible(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, A1, 5000, 60, 1000);
    scene_expect(scene, "capture-one-sided");
    const struct es_finding *f = scene_finding(scene, "capture-one-sided");
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_int_equal(f->provenance, ES_PROVENANCE_INFERRED);
    assert_int_equal(f->spis[0], A1);
}

static void two_sides_are_no_finding(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, A1, 5000, 4, 1000);
    scene_stream(scene, B, B1, 5000, 1, 1000);
    scene_expect_nothing(scene);
}

static void a_handful_of_packets_is_no_finding(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, A1, 5000, 4, 1000);
    scene_expect_nothing(scene);
}

static void a_request_that_nobody_answers_is_another_finding(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    for (int i = 0; i < 6; i++) {
        scene_ike(scene, A, &init);
        scene_pause(scene, 4);
    }
    scene_expect(scene, "ike-no-response");
}

static void multicast_is_one_sided_by_nature(void **state)
{
    struct scene *scene = *state;
    scene->peers[B].address = scene_address("ff02::5");
    scene->peers[A].address = scene_address("fe80::1");
    scene_ah(scene, A, A1, 5000);
    scene_stream(scene, A, A1, 5000, 30, 1000);
    scene_expect_nothing(scene);
}

static void each_tunnel_is_judged_by_itself(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, A1, 5000, 20, 1000);
    scene->peers[A].address = scene_address("192.0.2.50");
    scene_talk(scene, A1 + 1, B1, 5000, 20, 1000);
    scene_expect(scene, "capture-one-sided");
    assert_int_equal(scene_finding(scene, "capture-one-sided")->tunnel->number, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_side_says_proves_that_it_hears_the_other),
        scene_test(main_mode_shows_it_too),
        scene_test(esp_alone_leaves_it_possible),
        scene_test(two_sides_are_no_finding),
        scene_test(a_handful_of_packets_is_no_finding),
        scene_test(a_request_that_nobody_answers_is_another_finding),
        scene_test(multicast_is_one_sided_by_nature),
        scene_test(each_tunnel_is_judged_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
