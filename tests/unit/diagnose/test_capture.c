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
        assert_int_equal(f->severity, ES_SEVERITY_NOTE);
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

/* --- the capture itself --- */

static void come_up(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
}

static const struct es_finding *expect_note(struct scene *scene, const char *id, const char *words)
{
    const struct es_finding *f = scene_finding(scene, id);
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_true(f->evidence_count > 0);
    assert_non_null(strstr(f->summary, words));
    return f;
}

static void a_snaplen_is_told_and_blames_nobody(void **state)
{
    struct scene *scene = *state;
    come_up(scene);
    scene_talk(scene, A1, B1, 1, 5, 1000);
    assert_null(scene_finding(scene, "capture-truncated"));
    scene->snaplen = 96;
    scene_talk(scene, A1, B1, 6, 2, 1000);
    const struct es_finding *f = expect_note(scene, "capture-truncated", "4 frames");
    assert_int_equal(f->first.number, 15);
    assert_int_equal(f->last.number, 18);
    scene_expect_nothing(scene);
}

static void drops_make_claims_of_absence_less_sure(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 4, 4);
    assert_int_equal(scene_finding(scene, "dpd-unanswered")->confidence, ES_CONFIDENCE_CERTAIN);
    assert_null(scene_finding(scene, "capture-drops"));
    scene->coverage.drops = 5;
    const struct es_finding *f = scene_finding(scene, "dpd-unanswered");
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_non_null(strstr(f->reason, "dropped 5 packets"));
    f = scene_finding(scene, "capture-drops");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    /* Few among many packets are worth a note only. */
    scene_talk(scene, A1, B1, 1, 500, 10);
    f = scene_finding(scene, "capture-drops");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
}

static void what_was_there_before_is_told(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_dpd(&ike, A);
    scene_talk(scene, A1, B1, 7000, 5, 1000);
    const struct es_finding *f = expect_note(scene, "capture-midstream", "IKE SA and ESP");
    assert_int_equal(f->evidence_count, 2);

    struct scene whole = scene_open();
    come_up(&whole);
    scene_talk(&whole, A1, B1, 1, 5, 1000);
    assert_null(scene_finding(&whole, "capture-midstream"));
    scene_close(&whole);
}

static void copies_are_no_retransmissions(void **state)
{
    struct scene *scene = *state;
    scene->twice = true;
    come_up(scene);
    expect_note(scene, "capture-duplicates", "twice");
    assert_int_equal(scene_ike_sa(scene, 1)->retransmissions, 0);

    struct scene once = scene_open();
    struct dialogue ike = dialogue_of(&once, A, 1, &suite_gcm);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 3, 2);
    assert_null(scene_finding(&once, "capture-duplicates"));
    scene_close(&once);
}

static void a_clock_that_goes_back_is_told(void **state)
{
    struct scene *scene = *state;
    scene_at(scene, 100);
    come_up(scene);
    scene_pause(scene, -0.005);
    scene_talk(scene, A1, B1, 1, 5, 1000);
    assert_null(scene_finding(scene, "capture-time-backwards"));
    scene_pause(scene, -30);
    scene_talk(scene, A1, B1, 6, 2, 10);
    const struct es_finding *f = expect_note(scene, "capture-time-backwards", "earlier");
    assert_true(f->count >= 1);
    assert_int_equal(f->first.number, 15);
}

static void a_long_pause_is_told(void **state)
{
    struct scene *scene = *state;
    come_up(scene);
    scene_pause(scene, 3000);
    scene_talk(scene, A1, B1, 1, 5, 1000);
    assert_null(scene_finding(scene, "capture-time-jump"));
    scene_pause(scene, 5000);
    scene_talk(scene, A1, B1, 6, 5, 1000);
    expect_note(scene, "capture-time-jump", "1 h 23 min");
}

static void esp_without_ike_may_be_the_filter(void **state)
{
    struct scene *scene = *state;
    scene_talk(scene, A1, B1, 7000, 20, 1000);
    assert_null(scene_finding(scene, "capture-no-ike"));
    scene_talk(scene, A1, B1, 7020, 20, 1000);
    assert_int_equal(expect_note(scene, "capture-no-ike", "not one IKE message")->confidence,
                     ES_CONFIDENCE_POSSIBLE);
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_dpd(&ike, A);
    assert_null(scene_finding(scene, "capture-no-ike"));
}

static void ike_without_esp_may_be_the_filter(void **state)
{
    struct scene *scene = *state;
    come_up(scene);
    scene_last_until(scene, 20);
    assert_null(scene_finding(scene, "capture-no-esp"));
    scene_last_until(scene, 40);
    expect_note(scene, "capture-no-esp", "1 Child SA came up");
    scene_esp(scene, A, A1, 1);
    assert_null(scene_finding(scene, "capture-no-esp"));
}

static void frames_beyond_ethernet_are_told(void **state)
{
    struct scene *scene = *state;
    scene->frame_bytes = 1514;
    come_up(scene);
    assert_null(scene_finding(scene, "capture-offload"));
    scene->frame_bytes = 4000;
    scene_esp(scene, A, A1, 1);
    expect_note(scene, "capture-offload", "1 frame is longer");
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
        scene_test(a_snaplen_is_told_and_blames_nobody),
        scene_test(drops_make_claims_of_absence_less_sure),
        scene_test(what_was_there_before_is_told),
        scene_test(copies_are_no_retransmissions),
        scene_test(a_clock_that_goes_back_is_told),
        scene_test(a_long_pause_is_told),
        scene_test(esp_without_ike_may_be_the_filter),
        scene_test(ike_without_esp_may_be_the_filter),
        scene_test(frames_beyond_ethernet_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
