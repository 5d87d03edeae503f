/*
 * What ESP holds: lengths that cannot be, packets that do not open, and what was measured.
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

/* What keys would open: the packet before, as an IPv4 packet with nothing in it. */
static void open_last(struct scene *scene, uint32_t spi, uint8_t next_header)
{
    const struct es_flow *flow = scene_flow(scene, spi);
    const struct es_datagram d = {.kind = ES_DATAGRAM_ESP,
                                  .ref = flow->last,
                                  .source = flow->source,
                                  .destination = flow->key.destination};
    const struct es_esp_packet packet = {.spi = spi};
    const struct es_esp_inner inner = {.next_header = next_header, .checked = true};
    es_tracker_inner(scene->tracker, &d, &packet, &inner);
}

static void lengths_that_no_esp_has_are_invalid(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 10, 50);
    scene_esp_as(scene, A, A1, 11, &(struct scene_packet){.bytes = 121});
    scene_expect(scene, "esp-length-invalid");
    const struct es_finding *f = scene_finding(scene, "esp-length-invalid");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->evidence[0].ref.number, scene->packets);
    assert_non_null(strstr(f->summary, "121 bytes"));
}

static void some_that_do_not_open_were_changed(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    uint64_t first = 0;
    for (uint32_t i = 1; i <= 50; i++) {
        const bool bad = i % 10 == 0;
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.not_opened = bad});
        first = bad && !first ? scene->packets : first;
        if (!bad)
            open_last(scene, A1, 59);
        scene_esp(scene, B, B1, i);
    }
    scene_expect(scene, "esp-auth-failed");
    const struct es_finding *f = scene_finding(scene, "esp-auth-failed");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->provenance, ES_PROVENANCE_DECRYPTED);
    assert_int_equal(f->count, 5);
    assert_int_equal(f->evidence[0].ref.number, first);
    assert_non_null(strstr(f->summary, "5 of 50 packets"));
}

static void none_that_opens_is_most_likely_the_wrong_key(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 1; i <= 20; i++) {
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.not_opened = true});
        scene_esp(scene, B, B1, i);
    }
    scene_expect(scene, "esp-decrypt-failed");
    const struct es_finding *f = scene_finding(scene, "esp-decrypt-failed");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    /* The key of the other direction is right. */
    open_last(scene, B1, 59);
    f = scene_finding(scene, "esp-decrypt-failed");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 0);
    assert_null(scene_finding(scene, "esp-auth-failed"));
}

static void traffic_is_measured_in_one_line(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 101, 100);
    scene_expect(scene, "esp-throughput");
    const struct es_finding *f = scene_finding(scene, "esp-throughput");
    /* 101 packets of 120 bytes each way in 10 s. */
    assert_non_null(strstr(f->summary, "202 ESP packets in 10.0 s"));
    assert_non_null(strstr(f->summary, "101 packets (9.7 kbit/s)"));
    assert_null(scene_finding(scene, "esp-asymmetric"));
    assert_null(scene_finding(scene, "esp-idle"));
    assert_null(scene_finding(scene, "iptfs"));
    assert_null(scene_finding(scene, "esp-null"));
    scene_last_until(scene, 400);
    assert_non_null(scene_finding(scene, "esp-idle"));
}

static void far_more_in_one_direction_is_counted(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 1; i <= 100; i++) {
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.bytes = 1200});
        if (i % 4 == 0)
            scene_esp(scene, B, B1, i / 4);
        scene_pause(scene, 0.02);
    }
    const struct es_finding *f = scene_finding(scene, "esp-asymmetric");
    assert_non_null(strstr(f->summary, "192.0.2.1 sends 40 times as many bytes"));
}

static void full_size_at_one_rate_may_be_iptfs(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 1; i <= 2000; i++) {
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.bytes = 1400});
        scene_esp(scene, B, B1, i);
        scene_pause(scene, 0.008);
    }
    const struct es_finding *f = scene_finding(scene, "iptfs");
    assert_non_null(f);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_int_equal(f->spis[0], A1);
    open_last(scene, A1, 144);
    assert_int_equal(scene_finding(scene, "iptfs")->confidence, ES_CONFIDENCE_CERTAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(lengths_that_no_esp_has_are_invalid),
        scene_test(some_that_do_not_open_were_changed),
        scene_test(none_that_opens_is_most_likely_the_wrong_key),
        scene_test(traffic_is_measured_in_one_line),
        scene_test(far_more_in_one_direction_is_counted),
        scene_test(full_size_at_one_rate_may_be_iptfs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
