/*
 * Numbers and IVs that come twice, counters that begin again, jump or run out.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

static void establish(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_at(scene, 1);
}

static void packets_that_come_again_later_are_duplicates(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    uint64_t first = 0;
    for (uint32_t i = 1; i <= 100; i++) {
        scene_talk(scene, A1, B1, i, 1, 50);
        if (i % 10 == 0) {
            scene_esp(scene, A, A1, i);
            first = first ? first : scene->packets;
        }
    }
    scene_expect(scene, "esp-replay-duplicate");
    const struct es_finding *f = scene_finding(scene, "esp-replay-duplicate");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->count, 10);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->evidence[0].ref.number, first);
    assert_non_null(strstr(f->summary, "10 of 110 packets"));
}

static void a_few_copies_at_once_may_be_the_captures(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 1; i <= 100; i++) {
        const es_time now = scene->now;
        scene_esp(scene, A, A1, i);
        scene->now = now;
        if (i % 10 == 0)
            scene_esp(scene, A, A1, i);
        scene_pause(scene, 0.02);
        scene_esp(scene, B, B1, i);
        scene_pause(scene, 0.02);
    }
    const struct es_finding *f = scene_finding(scene, "esp-replay-duplicate");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
}

static void two_duplicates_are_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 100, 50);
    scene_esp(scene, A, A1, 99);
    scene_esp(scene, A, A1, 100);
    scene_expect_nothing(scene);
}

static void other_bytes_under_one_number_are_a_reuse(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 20, 50);
    scene_esp_as(scene, A, A1, 20, &(struct scene_packet){.body = 0x11});
    scene_expect(scene, "esp-seq-reuse");
    const struct es_finding *f = scene_finding(scene, "esp-seq-reuse");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->evidence[0].ref.number, scene->packets);
    assert_non_null(strstr(f->summary, "AES-GCM"));
}

static void a_counter_that_begins_again_is_the_root_of_the_reuse(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 40, 500);
    for (uint32_t i = 1; i <= 20; i++) {
        scene_esp(scene, A, A1, 40 + i);
        scene_esp_as(scene, B, B1, i, &(struct scene_packet){.body = 0x11});
        scene_pause(scene, 0.5);
    }
    scene_expect(scene, "esp-seq-reset");
    const struct es_finding *f = scene_finding(scene, "esp-seq-reset");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->spis[0], B1);
    assert_non_null(strstr(f->summary, "after number 40"));
    assert_non_null(scene_below(f, "esp-seq-reuse"));
}

static void far_back_it_is_a_reset_too(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 400, 10);
    scene_talk(scene, A1, B1, 1, 50, 10);
    scene_expect(scene, "esp-seq-reset");
    assert_int_equal(scene_finding(scene, "esp-seq-reset")->count, 2);
}

static void the_iv_of_the_packet_before_is_a_reuse(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 20, 50);
    const struct scene_packet same = {.iv = 0x7d44eab600000014};
    scene_esp_as(scene, A, A1, 21, &same);
    scene_talk(scene, A1, B1, 22, 5, 50);
    scene_expect(scene, "esp-iv-reuse");
    const struct es_finding *f = scene_finding(scene, "esp-iv-reuse");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->count, 1);
}

static void first_bytes_that_never_differ_are_no_iv(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 1; i <= 30; i++) {
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.iv = 0x4500005400004000});
        scene_esp(scene, B, B1, i);
        scene_pause(scene, 0.05);
    }
    scene_expect_nothing(scene);
}

static void a_counter_set_forward_is_counted(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 100, 50);
    scene_talk(scene, A1, B1, 20000, 10, 50);
    scene_expect(scene, "esp-seq-jump");
    assert_non_null(strstr(scene_finding(scene, "esp-seq-jump")->summary, "by 19899 at once"));
    assert_null(scene_finding(scene, "esp-loss"));
}

static void the_end_of_the_numbers_is_near(void **state)
{
    struct scene *scene = *state;
    scene_talk(scene, 0xffff0001, B1, 0xfffff000, 20, 1000);
    scene_expect(scene, "esp-seq-near-wrap");
    const struct es_finding *f = scene_finding(scene, "esp-seq-near-wrap");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_non_null(strstr(f->summary, "4294963219 of 4294967295"));
}

static void half_way_is_not_near(void **state)
{
    struct scene *scene = *state;
    scene_talk(scene, A1, B1, 0x80000000, 20, 1000);
    scene_expect_nothing(scene);
}

static void over_the_end_and_answered_is_a_note(void **state)
{
    struct scene *scene = *state;
    scene_talk(scene, A1, B1, 0xfffffff0, 40, 1000);
    const struct es_finding *f = scene_finding(scene, "esp-seq-wrap");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_null(scene_finding(scene, "esp-seq-near-wrap"));
}

static void over_the_end_into_silence_is_a_fault(void **state)
{
    struct scene *scene = *state;
    for (uint32_t i = 0; i < 16; i++) {
        scene_esp(scene, A, A1, 0xfffffff0 + i);
        scene_esp(scene, B, B1, 700000 + i);
        scene_pause(scene, 1);
    }
    const uint64_t before = scene->packets;
    scene_stream(scene, A, A1, 0, 30, 1000);
    scene_expect(scene, "esp-seq-wrap");
    const struct es_finding *f = scene_finding(scene, "esp-seq-wrap");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->first.number, before + 1);
    assert_non_null(scene_below(f, "esp-one-way"));
}

static void first_numbers_that_are_missing_are_counted(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 3, 20, 50);
    scene_expect(scene, "esp-first-seq-not-1");
    const struct es_finding *f = scene_finding(scene, "esp-first-seq-not-1");
    assert_non_null(strstr(f->summary, "has number 3"));
    assert_int_equal(f->count, 2);
}

static void a_first_number_that_comes_late_is_there(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_esp(scene, A, A1, 2);
    scene_esp(scene, A, A1, 1);
    scene_esp(scene, B, B1, 1);
    assert_null(scene_finding(scene, "esp-first-seq-not-1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(packets_that_come_again_later_are_duplicates),
        scene_test(a_few_copies_at_once_may_be_the_captures),
        scene_test(two_duplicates_are_none),
        scene_test(other_bytes_under_one_number_are_a_reuse),
        scene_test(a_counter_that_begins_again_is_the_root_of_the_reuse),
        scene_test(far_back_it_is_a_reset_too),
        scene_test(the_iv_of_the_packet_before_is_a_reuse),
        scene_test(first_bytes_that_never_differ_are_no_iv),
        scene_test(a_counter_set_forward_is_counted),
        scene_test(the_end_of_the_numbers_is_near),
        scene_test(half_way_is_not_near),
        scene_test(over_the_end_and_answered_is_a_note),
        scene_test(over_the_end_into_silence_is_a_fault),
        scene_test(first_numbers_that_are_missing_are_counted),
        scene_test(a_first_number_that_comes_late_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
