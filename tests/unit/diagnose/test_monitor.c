/*
 * Monitors through the tunnel, and DPD that is answered while data is not.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, PROBE = 100, PING = 132, OTHER = 400 };

static struct dialogue establish(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_at(scene, 1);
    return ike;
}

/* What a story keeps: the counters of both directions. */
struct traffic {
    struct scene *scene;
    uint32_t a, b;
};

static void from_a(struct traffic *t, size_t bytes)
{
    t->scene->esp_bytes = bytes;
    scene_esp(t->scene, A, A1, ++t->a);
}

static void from_b(struct traffic *t, size_t bytes)
{
    t->scene->esp_bytes = bytes;
    scene_esp(t->scene, B, B1, ++t->b);
}

static void ping(struct traffic *t, size_t bytes, size_t back)
{
    from_a(t, bytes);
    if (back) {
        scene_pause(t->scene, 0.02);
        from_b(t, back);
    }
}

/* A pings every two seconds, and a monitor of its asks every three, answered with `back` bytes. */
static void ping_and_monitor(struct traffic *t, unsigned seconds, size_t back)
{
    const es_time start = t->scene->now;
    for (unsigned s = 0; s < seconds; s++) {
        t->scene->now = start + s * ES_SECOND;
        if (s % 2 == 0)
            ping(t, PING, PING);
        t->scene->now = start + s * ES_SECOND + 300 * ES_MILLISECOND;
        if (s % 3 == 0)
            ping(t, PROBE, back);
    }
}

static void a_monitor_without_answers_beside_answered_traffic(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    struct traffic t = {.scene = scene};
    ping_and_monitor(&t, 60, 0);
    scene_expect(scene, "tunnel-monitor-unanswered");
    const struct es_finding *f = scene_finding(scene, "tunnel-monitor-unanswered");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_int_equal(f->provenance, ES_PROVENANCE_INFERRED);
    assert_int_equal(f->peer, 1);
    assert_true(f->count >= 10);
    assert_non_null(strstr(f->summary, "every 3.0 s"));
    assert_non_null(strstr(f->summary, "not the tunnel"));
    assert_int_equal(f->spis[0], A1);
}

static void one_that_is_answered_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    struct traffic t = {.scene = scene};
    ping_and_monitor(&t, 120, PROBE);
    scene_expect_nothing(scene);
}

static void one_answered_with_another_length_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    struct traffic t = {.scene = scene};
    ping_and_monitor(&t, 120, OTHER);
    scene_expect_nothing(scene);
}

static void few_probes_are_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    struct traffic t = {.scene = scene};
    ping_and_monitor(&t, 24, 0);
    scene_expect_nothing(scene);
}

static void one_that_was_answered_before_is_likely(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    struct traffic t = {.scene = scene};
    for (int i = 0; i < 40; i++) {
        const es_time sent = scene->now;
        ping(&t, PROBE, i < 10 ? PROBE : 0);
        /* The peer says something on its own now and then. */
        scene->now = sent + 1500 * ES_MILLISECOND;
        if (i % 4 == 3)
            from_b(&t, OTHER + (size_t)i * 4);
        scene->now = sent + 3 * ES_SECOND;
    }
    const struct es_finding *f = scene_finding(scene, "tunnel-monitor-unanswered");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
}

static void polls_with_longer_answers_are_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    struct traffic t = {.scene = scene};
    for (int i = 0; i < 60; i++) {
        ping(&t, PROBE, OTHER);
        scene_pause(scene, 10);
    }
    scene_expect_nothing(scene);
}

static void hellos_of_both_ends_are_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    struct traffic t = {.scene = scene};
    for (int i = 0; i < 60; i++) {
        from_a(&t, PROBE);
        scene_pause(scene, 6);
        from_b(&t, PROBE + 4);
        scene_pause(scene, 4);
    }
    scene_expect_nothing(scene);
}

/* The answers are part of a stream. */
static void answers_within_a_stream_are_answers(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    struct traffic t = {.scene = scene};
    for (int i = 0; i < 4000; i++) {
        const es_time sent = scene->now;
        if (i % 200 == 0)
            from_a(&t, PROBE);
        from_b(&t, i % 200 == 1 ? PROBE : OTHER);
        scene->now = sent + 10 * ES_MILLISECOND;
    }
    scene_expect_nothing(scene);
}

static void traffic_without_a_pace_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    struct traffic t = {.scene = scene};
    for (unsigned i = 0; i < 200; i++) {
        from_a(&t, PROBE);
        if (i % 7 == 0)
            from_b(&t, PROBE);
        scene_pause(scene, 0.3 + (i * 37 % 11) * 0.4);
    }
    assert_null(scene_finding(scene, "tunnel-monitor-unanswered"));
}

static void a_silent_tunnel_is_the_finding_not_its_probes(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    for (uint32_t i = 0; i < 10; i++) {
        scene_stream(scene, A, A1, 11 + 6 * i, 6, 1000);
        dialogue_dpd(&ike, A);
    }
    scene_expect(scene, "esp-one-way");
    const struct es_finding *f = scene_finding(scene, "esp-one-way");
    const struct es_finding *below = scene_below(f, "dpd-ok-data-dead");
    assert_non_null(below);
    assert_null(scene_below(f, "tunnel-monitor-unanswered"));
    assert_int_equal(below->severity, f->severity);
    assert_int_equal(below->confidence, f->confidence);
    assert_int_equal(below->peer, 1);
    assert_true(below->evidence_count == 1);
    assert_int_equal(below->evidence[0].ref.number, scene->packets);
}

static void without_an_answered_check_nothing_is_said_of_dpd(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    dialogue_dpd(&ike, A);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    scene_stream(scene, A, A1, 11, 60, 1000);
    const struct es_finding *f = scene_finding(scene, "esp-one-way");
    assert_non_null(f);
    assert_null(scene_below(f, "dpd-ok-data-dead"));
}

static void checks_while_data_flows_are_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    for (uint32_t i = 0; i < 10; i++) {
        scene_talk(scene, A1, B1, 1 + 6 * i, 6, 1000);
        dialogue_dpd(&ike, A);
    }
    scene_expect_nothing(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_monitor_without_answers_beside_answered_traffic),
        scene_test(one_that_is_answered_is_none),
        scene_test(one_answered_with_another_length_is_none),
        scene_test(few_probes_are_none),
        scene_test(one_that_was_answered_before_is_likely),
        scene_test(polls_with_longer_answers_are_none),
        scene_test(hellos_of_both_ends_are_none),
        scene_test(answers_within_a_stream_are_answers),
        scene_test(traffic_without_a_pace_is_none),
        scene_test(a_silent_tunnel_is_the_finding_not_its_probes),
        scene_test(without_an_answered_check_nothing_is_said_of_dpd),
        scene_test(checks_while_data_flows_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
