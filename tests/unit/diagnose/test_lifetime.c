/*
 * How often SAs are replaced and by whom, and those that end without that.
 */
#include "dialogue.h"
#include "unit.h"

#include <string.h>

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

/* `count` rekeys of the Child SA by A, each after `packets` a side, one every `every_ms`. */
static struct dialogue rekey_often(struct scene *scene, unsigned count, unsigned packets,
                                   unsigned every_ms)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    for (uint32_t i = 0; i <= count; i++) {
        scene_talk(scene, A1 + i, B1 + i, 1, packets, every_ms);
        if (i == count)
            break;
        dialogue_rekey_child(&ike, A);
        dialogue_delete_child(&ike, A);
    }
    return ike;
}

static void rekeys_every_few_seconds_are_too_many(void **state)
{
    struct scene *scene = *state;
    rekey_often(scene, 5, 10, 1000);
    scene_expect(scene, "rekey-too-frequent");
    const struct es_finding *f = scene_finding(scene, "rekey-too-frequent");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->count, 5);
    assert_int_equal(f->peer, A);
}

static void rekeys_every_few_minutes_are_not(void **state)
{
    struct scene *scene = *state;
    rekey_often(scene, 5, 60, 5000);
    scene_expect_nothing(scene);
    const struct es_finding *f = scene_finding(scene, "child-rekey");
    assert_int_equal(f->rule->category, ES_CATEGORY_STATISTICS);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->count, 5);
    assert_non_null(strstr(f->summary, "5 times, all by 192.0.2.1"));
    assert_non_null(strstr(f->summary, "5 min"));
}

static void a_few_rekeys_are_not(void **state)
{
    struct scene *scene = *state;
    rekey_often(scene, 3, 10, 1000);
    scene_expect_nothing(scene);
}

/* The same bytes each time, in times that differ much. */
static void a_volume_lifetime_is_named(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    for (uint32_t i = 0; i < 6; i++) {
        scene_talk(scene, A1 + i, B1 + i, 1, 50, 100 + 150 * (i % 3));
        dialogue_rekey_child(&ike, B);
        dialogue_delete_child(&ike, B);
    }
    scene_talk(scene, A1 + 6, B1 + 6, 1, 5, 100);
    const struct es_finding *f = scene_finding(scene, "rekey-too-frequent");
    assert_non_null(f);
    assert_int_equal(f->peer, B);
    assert_non_null(strstr(f->summary, "volume lifetime"));
    assert_non_null(strstr(f->summary, "12000 bytes"));
}

static void rekeys_of_the_ike_sa_are_counted(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm_modp);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 60, 5000);
    struct dialogue next = dialogue_rekey_ike(&ike, B, 2);
    dialogue_delete_ike(&ike, B);
    dialogue_dpd(&next, A);
    scene_talk(scene, A1, B1, 61, 60, 5000);
    scene_expect_nothing(scene);
    const struct es_finding *f = scene_finding(scene, "ike-rekey");
    assert_non_null(f);
    assert_non_null(strstr(f->summary, "once, by 198.51.100.2"));
}

/* --- sa-expired-no-rekey --- */

/* B stops after `seconds`; A goes on for 30 s, and B's IKE answers. */
static void stop_after(struct scene *scene, unsigned seconds, bool answers)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, seconds, 1000);
    scene_stream(scene, A, A1, seconds + 1, 15, 1000);
    if (answers)
        dialogue_dpd(&ike, A);
    scene_stream(scene, A, A1, seconds + 16, 15, 1000);
}

static void an_sa_that_ends_at_a_usual_lifetime_has_expired(void **state)
{
    (void)state;
    static const struct {
        unsigned seconds;
        enum es_confidence confidence;
    } cases[] = {
        {60,   ES_CONFIDENCE_POSSIBLE},
        {3600, ES_CONFIDENCE_LIKELY  },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct scene scene = scene_open();
        stop_after(&scene, cases[i].seconds, true);
        scene_expect(&scene, "sa-expired-no-rekey");
        const struct es_finding *f = scene_finding(&scene, "sa-expired-no-rekey");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, cases[i].confidence);
        assert_int_equal(f->peer, B);
        assert_non_null(scene_below(f, "esp-one-way"));
        scene_close(&scene);
    }
}

static void one_that_ends_at_any_other_time_has_not(void **state)
{
    struct scene *scene = *state;
    stop_after(scene, 40, true);
    scene_expect(scene, "esp-one-way");
}

static void a_peer_that_is_silent_in_all_has_not_let_it_expire(void **state)
{
    struct scene *scene = *state;
    stop_after(scene, 60, false);
    assert_null(scene_finding(scene, "sa-expired-no-rekey"));
}

static void a_tunnel_that_falls_idle_has_not_expired(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 3600, 1000);
    scene_pause(scene, 60);
    dialogue_dpd(&ike, A);
    scene_expect_nothing(scene);
}

/* A's lifetime in a Main Mode that it begins, and B's in one that B begins. */
static void negotiate_lifetimes(struct scene *scene, uint16_t of_a, uint16_t of_b)
{
    struct dialogue first = dialogue_of(scene, A, 1, &suite_v1_sha1);
    first.lifetimes[0] = first.lifetimes[1] = of_a;
    dialogue_establish_v1(&first);
    scene_pause(scene, 60);
    struct dialogue second = dialogue_of(scene, B, 5, &suite_v1_sha1);
    second.lifetimes[0] = second.lifetimes[1] = of_b;
    dialogue_establish_v1(&second);
}

static void phase_1_lifetimes_that_differ_are_told(void **state)
{
    struct scene *scene = *state;
    negotiate_lifetimes(scene, 28800, 3600);
    const struct es_finding *f = scene_finding(scene, "lifetime-mismatch");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_non_null(strstr(f->summary, "28800 s"));
    assert_non_null(strstr(f->summary, "3600 s"));
    assert_int_equal(f->evidence_count, 2);
    assert_true(f->first.time <= f->last.time);
}

static void equal_lifetimes_or_none_are_not(void **state)
{
    struct scene *scene = *state;
    negotiate_lifetimes(scene, 28800, 28800);
    assert_null(scene_finding(scene, "lifetime-mismatch"));
    struct scene none = scene_open();
    negotiate_lifetimes(&none, 28800, 0);
    assert_null(scene_finding(&none, "lifetime-mismatch"));
    scene_close(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(rekeys_every_few_seconds_are_too_many),
        scene_test(rekeys_every_few_minutes_are_not),
        scene_test(a_few_rekeys_are_not),
        scene_test(a_volume_lifetime_is_named),
        scene_test(rekeys_of_the_ike_sa_are_counted),
        scene_test(an_sa_that_ends_at_a_usual_lifetime_has_expired),
        scene_test(one_that_ends_at_any_other_time_has_not),
        scene_test(a_peer_that_is_silent_in_all_has_not_let_it_expire),
        scene_test(a_tunnel_that_falls_idle_has_not_expired),
        scene_test(phase_1_lifetimes_that_differ_are_told),
        scene_test(equal_lifetimes_or_none_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
