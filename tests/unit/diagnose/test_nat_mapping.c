/*
 * NAT mappings and addresses that change, expire, or move by MOBIKE.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, INNER_MOBIKE = 64 };

/* A is behind a NAT that shows its port as `port`; the tunnel carries some traffic. */
static struct dialogue come_up(struct scene *scene, uint16_t port)
{
    scene->own[A] = (struct scene_endpoint){scene_address("10.1.1.5"), 500};
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    scene->peers[A].port = port;
    dialogue_authenticate(&ike);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    return ike;
}

static void a_peer_that_follows_makes_it_a_note(void **state)
{
    struct scene *scene = *state;
    come_up(scene, 40001);
    const uint64_t last = scene->packets - 1;
    scene->peers[A].port = 40002;
    scene_talk(scene, A1, B1, 11, 20, 1000);
    scene_expect(scene, "natt-in-use", "nat-mapping-changed");
    const struct es_finding *f = scene_finding(scene, "nat-mapping-changed");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->count, 1);
    assert_non_null(strstr(f->summary, "192.0.2.1:40002 instead of 192.0.2.1:40001"));
    assert_non_null(strstr(f->summary, "followed after 1 ms"));
    assert_int_equal(f->evidence[0].ref.number, last);
    assert_int_equal(f->first.number, last + 2);
}

static void the_float_to_4500_is_no_change(void **state)
{
    struct scene *scene = *state;
    come_up(scene, 40001);
    scene_expect(scene, "natt-in-use");
}

/* A sends from the new port, B's ESP goes to the old one. */
static void talk_past_each_other(struct scene *scene, uint16_t new, unsigned count)
{
    const uint16_t old = scene->peers[A].port;
    for (uint32_t i = 0; i < count; i++) {
        scene->peers[A].port = new;
        scene_esp(scene, A, A1, 11 + i);
        scene->peers[A].port = old;
        scene_esp(scene, B, B1, 11 + i);
        scene_pause(scene, 1);
    }
    scene->peers[A].port = new;
}

static void esp_to_the_old_port_is_a_black_hole(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene, 40001);
    scene->peers[A].port = 40002;
    dialogue_dpd(&ike, A);
    scene->peers[A].port = 40001;
    talk_past_each_other(scene, 40002, 20);
    scene_expect(scene, "natt-in-use", "nat-remap-blackhole");
    const struct es_finding *f = scene_finding(scene, "nat-remap-blackhole");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 20);
    assert_non_null(strstr(f->summary, "192.0.2.1:40001 became 192.0.2.1:40002"));
    assert_non_null(strstr(f->summary, "control is alive"));
    assert_non_null(scene_below(f, "nat-mapping-changed"));
}

static void without_ike_it_is_likely(void **state)
{
    struct scene *scene = *state;
    come_up(scene, 40001);
    talk_past_each_other(scene, 40002, 20);
    const struct es_finding *f = scene_finding(scene, "nat-remap-blackhole");
    assert_non_null(f);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
}

static void packets_on_their_way_are_none(void **state)
{
    struct scene *scene = *state;
    come_up(scene, 40001);
    talk_past_each_other(scene, 40002, 3);
    scene_talk(scene, A1, B1, 14, 20, 1000);
    scene_expect(scene, "natt-in-use", "nat-mapping-changed");
    assert_int_equal(scene_finding(scene, "nat-mapping-changed")->severity, ES_SEVERITY_NOTE);
}

static void a_peer_that_follows_late_makes_it_a_warning(void **state)
{
    struct scene *scene = *state;
    come_up(scene, 40001);
    talk_past_each_other(scene, 40002, 12);
    scene_talk(scene, A1, B1, 23, 20, 1000);
    scene_expect(scene, "natt-in-use", "nat-mapping-changed");
    assert_int_equal(scene_finding(scene, "nat-mapping-changed")->severity, ES_SEVERITY_WARNING);
}

/* A router captured on all interfaces sees each packet before and behind its own NAT. */
static void both_sides_of_a_nat_in_one_capture_are_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene, 40001);
    const struct scene_endpoint outside = scene->peers[A];
    const struct scene_endpoint inside = {scene_address("10.1.1.5"), 4500};
    for (int i = 0; i < 5; i++) {
        const struct wire ask =
            dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
        const struct wire answer = dialogue_reply(&ike, &ask, INNER_EMPTY);
        scene->peers[A] = inside;
        scene_ike(scene, A, &ask);
        scene->peers[A] = outside;
        scene_ike(scene, A, &ask);
        scene_ike(scene, B, &answer);
        scene->peers[A] = inside;
        scene_ike(scene, B, &answer);
        scene_pause(scene, 10);
    }
    assert_null(scene_finding(scene, "nat-mapping-changed"));
    assert_null(scene_finding(scene, "nat-remap-blackhole"));
}

static void a_new_negotiation_from_another_port_is_none(void **state)
{
    struct scene *scene = *state;
    come_up(scene, 40001);
    scene_pause(scene, 60);
    scene->encapsulated = false;
    scene->peers[A].port = scene->peers[B].port = 500;
    struct dialogue ike = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    scene->peers[A].port = 40002;
    dialogue_authenticate(&ike);
    assert_null(scene_finding(scene, "nat-mapping-changed"));
}

static void two_files_of_one_packet_are_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene, 40001);
    scene->file = 1;
    scene->peers[A] = (struct scene_endpoint){scene_address("10.1.1.5"), 4500};
    dialogue_dpd(&ike, A);
    assert_null(scene_finding(scene, "nat-mapping-changed"));
}

/* --- mappings that expired --- */

/* A is quiet for a minute; then B asks in vain, every four seconds. */
static void ask_into_the_nat(struct scene *scene, struct dialogue *ike, unsigned times)
{
    scene_pause(scene, 50);
    dialogue_ask_in_vain(ike, B, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, times, 4);
    scene_pause(scene, 4);
}

static void what_the_nat_forgot_is_reached_again_once_it_speaks(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene, 40001);
    const uint64_t last = scene->packets - 1;
    ask_into_the_nat(scene, &ike, 4);
    scene->peers[A].port = 40002;
    scene_talk(scene, A1, B1, 11, 20, 1000);
    scene_expect(scene, "natt-in-use", "nat-mapping-expired");
    const struct es_finding *f = scene_finding(scene, "nat-mapping-expired");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->evidence[0].ref.number, last);
    assert_non_null(scene_below(f, "nat-mapping-changed"));
    assert_non_null(scene_below(f, "dpd-unanswered"));
    assert_non_null(scene_below(f, "natt-keepalive-missing"));
}

static void a_peer_that_answers_late_was_not_forgotten(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene, 40001);
    scene_pause(scene, 50);
    dialogue_dpd(&ike, B);
    scene_talk(scene, A1, B1, 11, 20, 1000);
    scene_expect(scene, "natt-in-use");
}

static void keepalives_keep_the_mapping(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene, 40001);
    scene_pause(scene, 40);
    scene_keepalive(scene, A);
    scene_pause(scene, 5);
    dialogue_ask_in_vain(&ike, B, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 4, 4);
    scene_pause(scene, 4);
    scene_esp(scene, A, A1, 11);
    assert_null(scene_finding(scene, "nat-mapping-expired"));
}

static void without_a_nat_nothing_expires(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    ask_into_the_nat(scene, &ike, 4);
    scene_talk(scene, A1, B1, 11, 20, 1000);
    assert_null(scene_finding(scene, "nat-mapping-expired"));
}

static void pings_into_the_nat_make_it_possible(void **state)
{
    struct scene *scene = *state;
    come_up(scene, 40001);
    scene_pause(scene, 45);
    scene_stream(scene, B, B1, 11, 12, 1000);
    scene_talk(scene, A1, B1, 23, 20, 1000);
    const struct es_finding *f = scene_finding(scene, "nat-mapping-expired");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_int_equal(f->count, 12);
}

static void a_stream_into_the_nat_asks_for_nothing(void **state)
{
    struct scene *scene = *state;
    come_up(scene, 40001);
    scene_pause(scene, 40);
    for (uint32_t i = 0; i < 30; i++) {
        scene->esp_bytes = 120 + 4 * (i % 5);
        scene_stream(scene, B, B1, 11 + i, 1, 500);
    }
    scene_talk(scene, A1, B1, 41, 20, 1000);
    assert_null(scene_finding(scene, "nat-mapping-expired"));
}

/* --- MOBIKE --- */

static void an_answered_update_is_a_statistic(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene, 4500);
    scene->peers[A].address = scene_address("203.0.113.9");
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_MOBIKE, INNER_MOBIKE);
    scene_talk(scene, A1, B1, 11, 20, 1000);
    scene_expect(scene, "natt-in-use", "mobike-update");
    const struct es_finding *f = scene_finding(scene, "mobike-update");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->count, 1);
    assert_int_equal(f->peer, 0);
}

static void an_update_without_an_answer_failed(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene, 4500);
    scene->peers[A].address = scene_address("203.0.113.9");
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_MOBIKE, 4, 4);
    const struct es_finding *f = scene_finding(scene, "mobike-failed");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 4);
    assert_non_null(strstr(f->summary, "4 tries over 12.0 s"));
}

/* MOBIKE probes the path first; without an answer there it never comes to an update. */
static void a_probe_of_the_path_without_an_answer_failed(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    scene->peers[A].address = scene_address("203.0.113.9");
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 4, 4);
    scene_expect(scene, "mobike-failed");
    const struct es_finding *f = scene_finding(scene, "mobike-failed");
    assert_non_null(strstr(f->summary, "203.0.113.9 has a new address"));
    assert_non_null(scene_below(f, "dpd-unanswered"));
    assert_non_null(scene_below(f, "nat-mapping-changed"));
}

static void a_probe_that_is_answered_is_fine(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    scene->peers[A].address = scene_address("203.0.113.9");
    dialogue_dpd(&ike, A);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_MOBIKE, INNER_MOBIKE);
    scene_talk(scene, A1, B1, 11, 10, 1000);
    scene_expect(scene, "mobike-update");
}

static void an_update_that_is_refused_failed(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene, 4500);
    scene->peers[A].address = scene_address("203.0.113.9");
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_MOBIKE, INNER_NOTIFY);
    const struct es_finding *f = scene_finding(scene, "mobike-failed");
    assert_non_null(f);
    assert_non_null(strstr(f->summary, "refused"));
}

static void an_update_still_under_way_is_neither(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene, 4500);
    scene->peers[A].address = scene_address("203.0.113.9");
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_MOBIKE, 2, 1);
    scene_expect(scene, "natt-in-use");
    assert_null(scene_finding(scene, "mobike-update"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_peer_that_follows_makes_it_a_note),
        scene_test(the_float_to_4500_is_no_change),
        scene_test(esp_to_the_old_port_is_a_black_hole),
        scene_test(without_ike_it_is_likely),
        scene_test(packets_on_their_way_are_none),
        scene_test(a_peer_that_follows_late_makes_it_a_warning),
        scene_test(both_sides_of_a_nat_in_one_capture_are_none),
        scene_test(a_new_negotiation_from_another_port_is_none),
        scene_test(two_files_of_one_packet_are_none),
        scene_test(what_the_nat_forgot_is_reached_again_once_it_speaks),
        scene_test(a_peer_that_answers_late_was_not_forgotten),
        scene_test(keepalives_keep_the_mapping),
        scene_test(without_a_nat_nothing_expires),
        scene_test(pings_into_the_nat_make_it_possible),
        scene_test(a_stream_into_the_nat_asks_for_nothing),
        scene_test(an_answered_update_is_a_statistic),
        scene_test(an_update_without_an_answer_failed),
        scene_test(a_probe_of_the_path_without_an_answer_failed),
        scene_test(a_probe_that_is_answered_is_fine),
        scene_test(an_update_that_is_refused_failed),
        scene_test(an_update_still_under_way_is_neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
