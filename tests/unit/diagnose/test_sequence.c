/*
 * Loss, reordering and replay windows: when the numbers say so, and when the capture is to blame.
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

/* B answers each packet of A that gets through; `lost` of them do not, one in `each`. */
static void talk_with_loss(struct scene *scene, unsigned count, unsigned each, uint8_t ttl)
{
    for (uint32_t i = 1, answers = 0; i <= count; i++) {
        if (i % each != 0) {
            scene_esp_as(scene, A, A1, i, &(struct scene_packet){.ttl = ttl});
            scene_esp_as(scene, B, B1, ++answers, &(struct scene_packet){.ttl = 62});
        }
        scene_pause(scene, 0.05);
    }
}

static void numbers_that_never_come_are_loss(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    talk_with_loss(scene, 200, 20, 61);
    scene_expect(scene, "esp-loss");
    const struct es_finding *f = scene_finding(scene, "esp-loss");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->spis[0], A1);
    assert_int_equal(f->count, 9); /* the tenth was the last */
    assert_non_null(strstr(f->summary, "9 of 199 packets (4.5 %) of SPI 0xaaaa0001"));
    assert_non_null(strstr(f->summary, "3 routers away"));
    assert_int_equal(f->evidence[0].ref.number, 4 + 2 * 19 + 1);
}

static void one_gap_is_told_from_many(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 50, 50);
    for (uint32_t i = 0; i < 50; i++) {
        scene_esp(scene, A, A1, 81 + i);
        scene_esp(scene, B, B1, 51 + i);
        scene_pause(scene, 0.05);
    }
    const struct es_finding *f = scene_finding(scene, "esp-loss");
    assert_non_null(f);
    assert_non_null(strstr(f->summary, "most of them in one of 30"));
}

static void at_the_sender_it_is_no_fault_of_the_path(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    talk_with_loss(scene, 200, 20, 64);
    const struct es_finding *f = scene_finding(scene, "esp-loss");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_non_null(strstr(f->reason, "this very link"));
}

static void a_capture_that_drops_is_suspected_first(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    talk_with_loss(scene, 200, 20, 61);
    scene->coverage.drops = 100;
    const struct es_finding *f = scene_finding(scene, "esp-loss");
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    /* And where both directions lose. */
    scene->coverage.drops = 0;
    for (uint32_t i = 1000; i < 1100; i++)
        scene_esp_as(scene, B, B1, i * 2, &(struct scene_packet){.ttl = 62});
    f = scene_finding(scene, "esp-loss");
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_non_null(strstr(f->reason, "both directions lose"));
}

static void a_few_or_a_small_share_is_no_warning(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    talk_with_loss(scene, 100, 30, 61);
    assert_null(scene_finding(scene, "esp-loss"));
    for (uint32_t i = 101; i <= 3000; i++)
        scene_esp_as(scene, A, A1, i + i / 500, &(struct scene_packet){.ttl = 61});
    assert_int_equal(scene_finding(scene, "esp-loss")->severity, ES_SEVERITY_NOTE);
}

static void what_came_before_the_capture_is_not_lost(void **state)
{
    struct scene *scene = *state;
    scene_talk(scene, A1, B1, 70000, 100, 50);
    scene_expect_nothing(scene);
}

static void a_capture_on_any_loses_nothing(void **state)
{
    struct scene *scene = *state;
    scene->twice = true;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 100, 50);
    assert_null(scene_finding(scene, "esp-loss"));
    assert_null(scene_finding(scene, "esp-reorder"));
    assert_null(scene_finding(scene, "esp-replay-duplicate"));
    assert_null(scene_finding(scene, "esp-seq-reuse"));
}

static void late_packets_that_are_still_due_are_waited_for(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 100, 10);
    scene_esp(scene, A, A1, 102);
    scene_esp(scene, A, A1, 101);
    scene_stream(scene, A, A1, 110, 10, 10);
    assert_null(scene_finding(scene, "esp-loss"));
    scene_last_until(scene, 60);
    assert_non_null(scene_finding(scene, "esp-loss"));
}

static void a_counter_for_several_receivers_is_not_judged(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    talk_with_loss(scene, 200, 20, 61);
    scene->peers[B].address = scene_address("224.0.0.5");
    scene_stream(scene, A, A1, 20, 1, 10);
    assert_null(scene_finding(scene, "esp-loss"));
}

static void packets_that_overtake_are_reordered(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    uint64_t first = 0;
    for (uint32_t i = 0; i < 40; i++) {
        scene_talk(scene, A1, B1, 1 + 10 * i, 6, 10);
        scene_esp(scene, B, B1, 10 + 10 * i);
        for (uint32_t k = 7; k <= 10; k++) {
            scene_esp(scene, A, A1, k + 10 * i);
            if (k < 10) {
                scene_esp(scene, B, B1, k + 10 * i);
                first = first ? first : scene->packets;
            }
        }
    }
    scene_expect(scene, "esp-reorder");
    const struct es_finding *f = scene_finding(scene, "esp-reorder");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->spis[0], B1);
    assert_int_equal(f->count, 120);
    assert_non_null(strstr(f->summary, "up to 3 behind"));
    assert_int_equal(f->evidence[0].ref.number, first);
}

static void neighbours_that_change_places_are_a_note(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 0; i < 40; i++) {
        scene_talk(scene, A1, B1, 1 + 4 * i, 2, 10);
        scene_esp(scene, A, A1, 4 + 4 * i);
        scene_esp(scene, A, A1, 3 + 4 * i);
        scene_esp(scene, B, B1, 3 + 4 * i);
        scene_esp(scene, B, B1, 4 + 4 * i);
    }
    assert_int_equal(scene_finding(scene, "esp-reorder")->severity, ES_SEVERITY_NOTE);
}

/* One packet in 50 comes `behind` numbers late. */
static void talk_with_stragglers(struct scene *scene, uint32_t behind)
{
    for (uint32_t i = 1; i <= 600; i++) {
        if (i % 50 != 0)
            scene_esp(scene, A, A1, i);
        if (i > behind && (i - behind) % 50 == 0)
            scene_esp(scene, A, A1, i - behind);
        scene_esp(scene, B, B1, i);
        scene_pause(scene, 0.01);
    }
    scene_last_until(scene, 60);
}

static void windows_that_would_drop_are_tried(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    talk_with_stragglers(scene, 99);
    scene_expect(scene, "esp-out-of-window");
    const struct es_finding *f = scene_finding(scene, "esp-out-of-window");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 10);
    assert_non_null(strstr(f->summary, "up to 99 numbers late"));
    assert_non_null(strstr(f->summary, "32 drops 10, of 64 10, of 128 0, of 1024 0"));
    bool advised = false;
    for (size_t i = 0; i < f->check_count; i++)
        advised = advised || strstr(f->checks[i], "replay window to 128 or more");
    assert_true(advised);
}

static void beyond_32_alone_is_a_warning(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    talk_with_stragglers(scene, 40);
    const struct es_finding *f = scene_finding(scene, "esp-out-of-window");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_non_null(strstr(f->summary, "of 64 0"));
}

static void within_every_window_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    talk_with_stragglers(scene, 20);
    assert_null(scene_finding(scene, "esp-out-of-window"));
}

static void another_captures_clock_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    /* The same packets from a second capture, whose clock is behind. */
    for (uint32_t i = 1; i <= 2000; i++) {
        scene->file = 0;
        scene_esp(scene, A, A1, i);
        scene->file = 1;
        if (i > 1500)
            scene_esp(scene, A, A1, i - 1500);
    }
    assert_null(scene_finding(scene, "esp-out-of-window"));
    assert_null(scene_finding(scene, "esp-reorder"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(numbers_that_never_come_are_loss),
        scene_test(one_gap_is_told_from_many),
        scene_test(at_the_sender_it_is_no_fault_of_the_path),
        scene_test(a_capture_that_drops_is_suspected_first),
        scene_test(a_few_or_a_small_share_is_no_warning),
        scene_test(what_came_before_the_capture_is_not_lost),
        scene_test(a_capture_on_any_loses_nothing),
        scene_test(late_packets_that_are_still_due_are_waited_for),
        scene_test(a_counter_for_several_receivers_is_not_judged),
        scene_test(packets_that_overtake_are_reordered),
        scene_test(neighbours_that_change_places_are_a_note),
        scene_test(windows_that_would_drop_are_tried),
        scene_test(beyond_32_alone_is_a_warning),
        scene_test(within_every_window_is_none),
        scene_test(another_captures_clock_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
