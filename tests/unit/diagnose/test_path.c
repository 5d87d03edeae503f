/*
 * Fragments, sizes that do not pass, and routers that say so.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

static const struct scene_packet first_part = {
    .first_fragment = true, .ip_length = 1300, .bytes = 1280};
static const struct scene_packet whole = {.completed = true, .ip_length = 1440, .bytes = 1420};

static void establish(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_at(scene, 1);
}

static bool advises(const struct es_finding *f, const char *what)
{
    for (size_t i = 0; i < f->check_count; i++) {
        if (strstr(f->checks[i], what))
            return true;
    }
    return false;
}

static void packets_in_fragments_are_a_warning_with_an_mss(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 10, 100);
    const uint64_t before = scene->packets;
    for (uint32_t i = 11; i <= 16; i++) {
        scene_esp_as(scene, A, A1, i, &first_part);
        scene_esp_as(scene, A, A1, i, &whole);
        scene_esp(scene, B, B1, i);
        scene_pause(scene, 1);
    }
    scene_expect(scene, "esp-ip-fragmented");
    const struct es_finding *f = scene_finding(scene, "esp-ip-fragmented");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->count, 6);
    assert_int_equal(f->evidence[0].ref.number, before + 1);
    assert_non_null(strstr(f->summary, "6 of 16 packets"));
    assert_non_null(strstr(f->summary, "one of 1300 to 1307"));
    /* 1300 - 20 - 8 - 8 - 16 = 1248; less the trailer 1246, less IP and TCP headers. */
    assert_true(advises(f, "MSS to 1206 (IPv6: 1186)"));
}

static void two_fragmented_packets_are_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 10, 100);
    for (uint32_t i = 11; i <= 12; i++) {
        scene_esp_as(scene, A, A1, i, &first_part);
        scene_esp_as(scene, A, A1, i, &whole);
        scene_esp(scene, B, B1, i);
    }
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void first_fragments_alone_are_lost_packets(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 10, 100);
    for (uint32_t i = 11; i <= 20; i++) {
        scene_esp_as(scene, A, A1, i, &first_part);
        scene_pause(scene, 1);
    }
    scene_last_until(scene, 30);
    const struct es_finding *f = scene_finding(scene, "esp-fragment-lost");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 10);
    assert_non_null(scene_below(f, "esp-ip-fragmented"));
    /* And when the receiver says so. */
    scene_icmp_esp(scene, A, A1, 11, 1, 1440, 0);
    assert_int_equal(scene_finding(scene, "esp-fragment-lost")->confidence, ES_CONFIDENCE_CERTAIN);
}

static void fragments_on_their_way_are_not_lost(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 1; i <= 8; i++) {
        scene_esp_as(scene, A, A1, i, &first_part);
        if (i < 6)
            scene_esp_as(scene, A, A1, i, &whole);
        scene_esp(scene, B, B1, i);
    }
    assert_null(scene_finding(scene, "esp-fragment-lost"));
}

static void a_filter_by_port_shows_first_fragments_only(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    dialogue_authenticate(&ike);
    for (uint32_t i = 1; i <= 10; i++) {
        scene_esp_as(scene, A, A1, i, &first_part);
        scene_esp(scene, B, B1, i);
        scene_pause(scene, 1);
    }
    scene_last_until(scene, 30);
    const struct es_decoder_counts counts = {.fragments = 10};
    scene->coverage.decoder = &counts;
    const struct es_finding *f = scene_finding(scene, "esp-fragment-lost");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_non_null(strstr(f->reason, "filter by UDP port"));
}

static void a_router_that_says_too_big_and_is_heeded_is_a_note(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 1; i <= 5; i++)
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.ip_length = 1500, .bytes = 1480});
    scene_icmp_esp(scene, A, A1, 3, 4, 1500, 1300);
    const uint64_t error = scene->packets;
    for (uint32_t i = 6; i <= 20; i++) {
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.ip_length = 1296, .bytes = 1276});
        scene_esp(scene, B, B1, i);
        scene_pause(scene, 0.05);
    }
    scene_expect(scene, "icmp-frag-needed");
    const struct es_finding *f = scene_finding(scene, "icmp-frag-needed");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->evidence[0].ref.number, error);
    assert_non_null(strstr(f->summary, "203.0.113.9 says that ESP of 1500 bytes from 192.0.2.1"));
    assert_non_null(strstr(f->summary, "1300"));
    assert_non_null(strstr(f->summary, "no more than 1296"));
    assert_true(advises(f, "MSS to 1206"));
}

static void a_sender_that_does_not_heed_it_is_a_warning(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 1; i <= 20; i++) {
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.ip_length = 1500, .bytes = 1480});
        scene_icmp_esp(scene, A, A1, 3, 4, 1500, 1300);
        scene_esp(scene, B, B1, i);
        scene_pause(scene, 0.05);
    }
    scene_esp_as(scene, A, A1, 21, &(struct scene_packet){.ip_length = 1500, .bytes = 1480});
    const struct es_finding *f = scene_finding(scene, "icmp-frag-needed");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->peer, 0);
    assert_non_null(strstr(f->summary, "still sends packets of 1500"));
}

/* A transfer of A stalls: its full-size segment goes out again and again. */
static void stall(struct scene *scene, bool dont_fragment, bool answered)
{
    const struct scene_packet full = {.bytes = 1444, .dont_fragment = dont_fragment};
    uint32_t a = 11, b = 11;
    for (int i = 0; i < 10; i++)
        scene_esp_as(scene, A, A1, a++, &full);
    for (double pause = 0.2; pause < 8; pause *= 2) {
        scene_pause(scene, pause / 2);
        scene_esp(scene, A, A1, a++);
        if (answered)
            scene_esp(scene, B, B1, b++);
        scene_pause(scene, pause / 2);
        scene_esp_as(scene, A, A1, a++, &full);
    }
}

static void full_size_packets_in_vain_are_a_black_hole(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 10, 100);
    stall(scene, true, true);
    scene_expect(scene, "pmtu-blackhole");
    const struct es_finding *f = scene_finding(scene, "pmtu-blackhole");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->provenance, ES_PROVENANCE_INFERRED);
    assert_int_equal(f->peer, 0);
    assert_non_null(strstr(f->summary, "ESP of 1444 bytes that may not be fragmented"));
    assert_true(advises(f, "path of 1400 bytes"));
}

static void a_peer_silent_in_everything_is_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 10, 100);
    stall(scene, true, false);
    assert_null(scene_finding(scene, "pmtu-blackhole"));
}

static void packets_that_may_be_fragmented_are_possible_only(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_talk(scene, A1, B1, 1, 10, 100);
    stall(scene, false, true);
    const struct es_finding *f = scene_finding(scene, "pmtu-blackhole");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
}

static void large_packets_at_an_even_pace_are_none(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 1; i <= 60; i++) {
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.bytes = 1444, .dont_fragment = true});
        scene_esp(scene, B, B1, i);
        scene_pause(scene, 1);
    }
    scene_expect_nothing(scene);
}

static void icmp_that_refuses_esp_names_its_sender(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_esp(scene, A, A1, 1);
    scene_icmp_esp(scene, A, A1, 3, 2, 140, 0);
    const uint64_t error = scene->packets;
    scene_expect(scene, "esp-icmp-rejected");
    const struct es_finding *f = scene_finding(scene, "esp-icmp-rejected");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_non_null(strstr(f->summary, "203.0.113.9 refuses ESP from 192.0.2.1: protocol "
                                       "unreachable (ICMP 3/2)"));
    assert_int_equal(f->evidence[0].ref.number, error);
    /* Later traffic shows that it passes after all. */
    scene_talk(scene, A1, B1, 2, 10, 100);
    assert_int_equal(scene_finding(scene, "esp-icmp-rejected")->severity, ES_SEVERITY_NOTE);
}

static void a_route_that_changes_is_a_note(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    scene_esp(scene, A, A1, 1);
    scene_icmp_esp(scene, A, A1, 3, 1, 140, 0);
    assert_int_equal(scene_finding(scene, "esp-icmp-rejected")->severity, ES_SEVERITY_NOTE);
}

static void another_ttl_is_counted(void **state)
{
    struct scene *scene = *state;
    establish(scene);
    for (uint32_t i = 1; i <= 10; i++) {
        scene_esp_as(scene, A, A1, i, &(struct scene_packet){.ttl = i < 6 ? 63 : 60});
        scene_esp_as(scene, B, B1, i, &(struct scene_packet){.ttl = 62});
    }
    scene_expect(scene, "esp-path-change");
    const struct es_finding *f = scene_finding(scene, "esp-path-change");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_non_null(strstr(f->summary, "from 63 to 60"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(packets_in_fragments_are_a_warning_with_an_mss),
        scene_test(two_fragmented_packets_are_none),
        scene_test(first_fragments_alone_are_lost_packets),
        scene_test(fragments_on_their_way_are_not_lost),
        scene_test(a_filter_by_port_shows_first_fragments_only),
        scene_test(a_router_that_says_too_big_and_is_heeded_is_a_note),
        scene_test(a_sender_that_does_not_heed_it_is_a_warning),
        scene_test(full_size_packets_in_vain_are_a_black_hole),
        scene_test(a_peer_silent_in_everything_is_none),
        scene_test(packets_that_may_be_fragmented_are_possible_only),
        scene_test(large_packets_at_an_even_pace_are_none),
        scene_test(icmp_that_refuses_esp_names_its_sender),
        scene_test(a_route_that_changes_is_a_note),
        scene_test(another_ttl_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
