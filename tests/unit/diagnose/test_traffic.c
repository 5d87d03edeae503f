/*
 * ESP in one direction: when it is a fault, and when it is none.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, A2 = 0xaaaa0002, B2 = 0xbbbb0002 };

static struct dialogue establish(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_at(scene, 1);
    return ike;
}

static void open_second_child(struct dialogue *ike)
{
    dialogue_exchange(ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD, INNER_CHILD);
}

/* A stream of media or logs: fast, and of all lengths. */
static void stream_by_design(struct scene *scene, uint8_t from, uint32_t spi, uint32_t first,
                             unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        scene->esp_bytes = SCENE_ESP_BYTES + 4 * (i * 7 % 100);
        scene_stream(scene, from, spi, first + i, 1, 20);
    }
    scene->esp_bytes = SCENE_ESP_BYTES;
}

/* --- it fires --- */

static void a_direction_that_stops_midway_is_a_fault(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    const uint64_t last_heard = scene->packets;
    scene_stream(scene, A, A1, 21, 30, 1000);
    scene_expect(scene, "esp-one-way");
    const struct es_finding *f = scene_finding(scene, "esp-one-way");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->provenance, ES_PROVENANCE_INFERRED);
    assert_true(f->has_peer);
    assert_int_equal(f->peer, 1);
    assert_string_equal(f->role, "responder");
    assert_int_equal(f->count, 30);
    assert_int_equal(f->first.number, last_heard + 1);
    assert_int_equal(f->last.number, scene->packets);
    assert_int_equal(f->flow_count, 2);
    assert_int_equal(f->spi_count, 2);
    assert_int_equal(f->spis[0], A1);
    assert_int_equal(f->spis[1], B1);
    assert_ptr_equal(f->child, scene_child(scene, 1));
    assert_int_equal(f->evidence_count, 3);
    assert_int_equal(f->evidence[0].ref.number, last_heard);
    assert_string_equal(f->display_filter, "esp.spi == 0xaaaa0001");
    assert_non_null(strstr(f->summary, "192.0.2.1 sent 30 ESP packets on SPI 0xaaaa0001"));
    assert_non_null(strstr(f->summary, "no packet of any kind"));
}

static void the_other_direction_is_a_fault_of_the_other_peer(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_stream(scene, B, B1, 21, 30, 1000);
    scene_expect(scene, "esp-one-way");
    const struct es_finding *f = scene_finding(scene, "esp-one-way");
    assert_int_equal(f->peer, 0);
    assert_string_equal(f->role, "initiator");
    assert_int_equal(f->spis[0], B1);
}

static void ike_that_still_answers_is_said(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_stream(scene, A, A1, 21, 15, 1000);
    dialogue_dpd(&ike, A);
    const uint64_t answer = scene->packets;
    scene_stream(scene, A, A1, 36, 15, 1000);
    scene_expect(scene, "esp-one-way");
    const struct es_finding *f = scene_finding(scene, "esp-one-way");
    assert_non_null(strstr(f->summary, "IKE still answers"));
    bool is_evidence = false;
    for (size_t i = 0; i < f->evidence_count; i++)
        is_evidence = is_evidence || f->evidence[i].ref.number == answer;
    assert_true(is_evidence);
}

static void pings_that_nobody_ever_answered_are_a_fault(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_stream(scene, A, A1, 1, 20, 1000);
    scene_expect(scene, "esp-one-way");
    const struct es_finding *f = scene_finding(scene, "esp-one-way");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->flow_count, 1);
}

static void a_stream_by_design_is_possible_only(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    stream_by_design(scene, A, A1, 1, 1000);
    scene_expect(scene, "esp-one-way");
    const struct es_finding *f = scene_finding(scene, "esp-one-way");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_non_null(strstr(f->reason, "by design"));
}

static void a_stream_by_design_beside_a_conversation_is_possible_only(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    scene_talk(scene, A1, B1, 1, 3, 100);
    open_second_child(&ike);
    for (uint32_t i = 0; i < 20; i++) {
        scene_talk(scene, A1, B1, 4 + i, 1, 10);
        stream_by_design(scene, A, A2, 1 + 50 * i, 50);
    }
    scene_expect(scene, "esp-one-way");
    const struct es_finding *f = scene_finding(scene, "esp-one-way");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_int_equal(f->spis[0], A2);
}

static void a_stream_by_design_after_a_conversation_is_possible_only(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    scene_talk(scene, A1, B1, 1, 30, 1000);
    open_second_child(&ike);
    stream_by_design(scene, A, A2, 1, 1000);
    scene_expect(scene, "esp-one-way");
    assert_int_equal(scene_finding(scene, "esp-one-way")->severity, ES_SEVERITY_WARNING);
}

static void one_of_two_child_sas_that_falls_silent_is_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    scene_talk(scene, A1, B1, 1, 3, 100);
    open_second_child(&ike);
    for (uint32_t i = 0; i < 30; i++) {
        scene_talk(scene, A1, B1, 4 + i, 1, 500);
        scene_talk(scene, A2, B2, 1 + i, 1, 500);
    }
    scene_expect_nothing(scene);
    for (uint32_t i = 0; i < 30; i++) {
        scene_stream(scene, A, A1, 34 + i, 1, 500);
        scene_talk(scene, A2, B2, 31 + i, 1, 500);
    }
    scene_expect(scene, "esp-one-way");
    assert_int_equal(scene_finding(scene, "esp-one-way")->spis[0], A1);
}

static void a_pause_far_longer_than_any_before_is_a_fault(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 3, 1000);
    scene_stream(scene, A, A1, 4, 21, 1000); /* 20 seconds with nothing back */
    for (uint32_t i = 0; i < 3; i++) {
        scene_esp(scene, A, A1, 25 + i);
        scene_esp(scene, B, B1, 4 + i);
        scene_pause(scene, 1);
    }
    scene_stream(scene, A, A1, 28, 75, 1000);
    scene_expect_nothing(scene);
    scene_stream(scene, A, A1, 103, 30, 1000);
    scene_expect(scene, "esp-one-way");
}

static void a_new_spi_that_is_not_answered_is_a_fault_too(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    dialogue_rekey_child(&ike, A);
    dialogue_delete_child(&ike, A);
    stream_by_design(scene, A, A2, 1, 1000);
    scene_expect(scene, "esp-one-way");
    /* The same conversation had answers before its rekey. */
    assert_int_equal(scene_finding(scene, "esp-one-way")->severity, ES_SEVERITY_ERROR);
    assert_int_equal(scene_finding(scene, "esp-one-way")->confidence, ES_CONFIDENCE_LIKELY);
}

/* --- blocked from the start --- */

static void protocol_50_that_never_passes_is_blocked(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    scene_stream(scene, A, A1, 1, 15, 1000);
    dialogue_dpd(&ike, A);
    const uint64_t answer = scene->packets;
    scene_stream(scene, A, A1, 16, 15, 1000);
    scene_expect(scene, "esp-blocked");
    const struct es_finding *f = scene_finding(scene, "esp-blocked");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_int_equal(f->peer, 1);
    assert_non_null(strstr(f->summary, "30 ESP packets as IP protocol 50"));
    assert_int_equal(f->evidence[f->evidence_count - 2].ref.number, answer);
    assert_non_null(scene_below(f, "esp-one-way"));
}

static void esp_that_came_once_is_not_blocked(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    scene_esp(scene, B, B1, 1);
    scene_stream(scene, A, A1, 1, 15, 1000);
    dialogue_dpd(&ike, A);
    scene_stream(scene, A, A1, 16, 15, 1000);
    scene_expect(scene, "esp-one-way");
}

static void esp_in_udp_is_not_blocked(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    dialogue_authenticate(&ike);
    scene_stream(scene, A, A1, 1, 15, 1000);
    dialogue_dpd(&ike, A);
    scene_stream(scene, A, A1, 16, 15, 1000);
    assert_null(scene_finding(scene, "esp-blocked"));
    assert_non_null(scene_finding(scene, "esp-one-way"));
}

static void a_silent_ike_is_no_block_of_esp(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_stream(scene, A, A1, 1, 30, 1000);
    scene_expect(scene, "esp-one-way");
}

static void the_place_of_the_capture_and_who_refuses_are_said(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 1; i <= 20; i++) {
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.ttl = 62});
        scene_esp_as(scene, B, B1, i, &(struct scene_packet){.ttl = 64});
        scene_pause(scene, 1);
    }
    for (uint32_t i = 21; i <= 50; i++) {
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.ttl = 62});
        scene_pause(scene, 1);
    }
    const struct es_finding *f = scene_finding(scene, "esp-one-way");
    assert_non_null(strstr(f->summary, "2 routers away from 192.0.2.1"));
    assert_null(strstr(f->summary, "by ICMP"));
    scene_icmp_esp(scene, A, A1, 3, 13, 120, 0);
    const struct es_finding *root = scene_finding(scene, "esp-icmp-rejected");
    assert_int_equal(root->severity, ES_SEVERITY_ERROR);
    f = scene_below(root, "esp-one-way");
    assert_non_null(strstr(f->summary, "203.0.113.9 refuses them by ICMP"));
}

/* --- it is silent --- */

static void a_conversation_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 60, 1000);
    scene_expect_nothing(scene);
}

static void a_download_with_rare_acknowledgements_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 0; i < 20; i++) {
        stream_by_design(scene, B, B1, 1 + 100 * i, 100);
        scene_stream(scene, A, A1, 1 + i, 1, 20);
    }
    scene_expect_nothing(scene);
}

static void few_packets_are_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_stream(scene, A, A1, 21, 9, 1000);
    scene_last_until(scene, 300);
    scene_expect_nothing(scene);
}

static void short_pauses_are_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    stream_by_design(scene, A, A1, 21, 240);
    scene_last_until(scene, 300);
    scene_expect_nothing(scene);
}

static void pauses_like_those_before_are_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 0; i < 4; i++) {
        scene_talk(scene, A1, B1, 1 + 40 * i, 10, 1000);
        scene_stream(scene, A, A1, 11 + 40 * i, 30, 1000);
    }
    assert_null(scene_finding(scene, "esp-one-way"));
}

static void an_idle_child_sa_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    scene_talk(scene, A1, B1, 1, 3, 1000);
    open_second_child(&ike);
    scene_talk(scene, A2, B2, 1, 60, 1000);
    scene_expect_nothing(scene);
}

static void flows_whose_pairing_is_in_doubt_are_none(void **state)
{
    struct scene *scene = *state;
    /* Seen in the middle, one counter old, the other rather young: not joined, yet a pair. */
    scene_talk(scene, A1, B1, 700000, 1, 1000);
    for (uint32_t i = 0; i < 30; i++) {
        scene_esp(scene, A, A2, 800000 + i);
        scene_esp(scene, B, B2, 500 + i);
        scene_pause(scene, 1);
    }
    scene_expect_nothing(scene);
}

static void the_switchover_of_a_rekey_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    dialogue_rekey_child(&ike, A);
    for (uint32_t i = 0; i < 16; i++) {
        scene_stream(scene, A, A1, 21 + i, 1, 250);
        scene_stream(scene, B, B2, 1 + i, 1, 250);
    }
    scene_expect_nothing(scene);
    dialogue_delete_child(&ike, A);
    scene_talk(scene, A2, B2, 17, 20, 1000);
    scene_expect_nothing(scene);
}

static void one_captured_side_is_none(void **state)
{
    struct scene *scene = *state;
    scene->hidden[B] = true;
    struct dialogue ike = establish(scene);
    scene_stream(scene, A, A1, 1, 60, 1000);
    dialogue_dpd(&ike, A);
    scene_expect(scene, "capture-one-sided");
}

static void a_dead_peer_is_another_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    for (uint32_t i = 0; i < 5; i++) {
        scene_ike(scene, A, &ask);
        scene_stream(scene, A, A1, 21 + 4 * i, 4, 1000);
    }
    assert_null(scene_finding(scene, "esp-one-way"));
}

static void multicast_has_no_answers(void **state)
{
    struct scene *scene = *state;
    scene->peers[B].address = scene_address("239.1.2.3");
    scene_stream(scene, A, A1, 5000, 60, 1000);
    scene_expect_nothing(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_direction_that_stops_midway_is_a_fault),
        scene_test(the_other_direction_is_a_fault_of_the_other_peer),
        scene_test(ike_that_still_answers_is_said),
        scene_test(pings_that_nobody_ever_answered_are_a_fault),
        scene_test(a_stream_by_design_is_possible_only),
        scene_test(a_stream_by_design_beside_a_conversation_is_possible_only),
        scene_test(a_stream_by_design_after_a_conversation_is_possible_only),
        scene_test(one_of_two_child_sas_that_falls_silent_is_a_fault),
        scene_test(a_pause_far_longer_than_any_before_is_a_fault),
        scene_test(a_new_spi_that_is_not_answered_is_a_fault_too),
        scene_test(protocol_50_that_never_passes_is_blocked),
        scene_test(esp_that_came_once_is_not_blocked),
        scene_test(esp_in_udp_is_not_blocked),
        scene_test(a_silent_ike_is_no_block_of_esp),
        scene_test(the_place_of_the_capture_and_who_refuses_are_said),
        scene_test(a_conversation_is_none),
        scene_test(a_download_with_rare_acknowledgements_is_none),
        scene_test(few_packets_are_none),
        scene_test(short_pauses_are_none),
        scene_test(pauses_like_those_before_are_none),
        scene_test(an_idle_child_sa_is_none),
        scene_test(flows_whose_pairing_is_in_doubt_are_none),
        scene_test(the_switchover_of_a_rekey_is_none),
        scene_test(one_captured_side_is_none),
        scene_test(a_dead_peer_is_another_fault),
        scene_test(multicast_has_no_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
