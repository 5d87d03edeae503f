/*
 * Metrics of tunnels as the scene plays them.
 */
#include "dialogue.h"
#include "unit.h"

#include "espial/report.h"

#include <stdio.h>

static const uint64_t seed[2] = {1, 2};

static struct es_metrics *metrics_of(size_t pairs)
{
    struct es_metrics *metrics = es_metrics_new(pairs, seed);
    assert_non_null(metrics);
    return metrics;
}

/* The text as of now; the caller gives it back. */
static struct es_text write_text(struct es_metrics *metrics, const struct scene *scene,
                                 const struct es_alerts *alerts)
{
    const struct es_metrics_facts facts = {
        .model = scene_model(scene), .alerts = alerts, .started = 5 * ES_SECOND};
    struct es_text text;
    es_text_init(&text);
    es_metrics_write(metrics, &facts, &text);
    assert_false(text.failed);
    return text;
}

static bool has_line(const struct es_text *text, const char *line)
{
    const size_t length = strlen(line);
    for (const char *at = strstr(text->chars, line); at; at = strstr(at + 1, line)) {
        if ((at == text->chars || at[-1] == '\n') && at[length] == '\n')
            return true;
    }
    return false;
}

#define expect_line(text, line)                                                                    \
    do {                                                                                           \
        if (!has_line(text, line))                                                                 \
            fail_msg("no line %s in\n%s", line, es_text_chars(text));                              \
    } while (0)

/* One text, written and given back, has this line. */
#define expect_now(metrics, scene, line)                                                           \
    do {                                                                                           \
        struct es_text now_text = write_text(metrics, scene, NULL);                                \
        expect_line(&now_text, line);                                                              \
        es_text_fini(&now_text);                                                                   \
    } while (0)

#define ONWARDS "{source=\"192.0.2.1\",destination=\"198.51.100.2\"}"
#define BACK "{source=\"198.51.100.2\",destination=\"192.0.2.1\"}"

static void a_tunnel_is_counted_by_peers_and_direction(void **state)
{
    struct scene *scene = *state;
    struct es_metrics *metrics = metrics_of(8);
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    scene_talk(scene, 0xa1, 0xb1, 1, 5, 100);
    scene_esp(scene, A, 0xa1, 6);
    dialogue_dpd(&dialogue, B);
    struct es_text text = write_text(metrics, scene, NULL);
    expect_line(&text, "espial_esp_packets_total" ONWARDS " 6");
    expect_line(&text, "espial_esp_packets_total" BACK " 5");
    expect_line(&text, "espial_esp_bytes_total" ONWARDS " 720");
    expect_line(&text, "espial_dpd_requests_total" BACK " 1");
    expect_line(&text, "espial_dpd_answers_total" BACK " 1");
    expect_line(&text, "espial_dpd_requests_total" ONWARDS " 0");
    expect_line(&text, "espial_dpd_unanswered" BACK " 0");
    expect_line(&text, "espial_dpd_response_seconds" BACK " 0.001000000");
    expect_line(&text, "espial_ike_response_seconds{quantile=\"0.5\"} 0.001000000");
    expect_line(&text, "espial_tunnels{state=\"established\"} 1");
    expect_line(&text, "espial_tunnels{state=\"failed\"} 0");
    expect_line(&text, "espial_ike_requests_total 3");
    expect_line(&text, "espial_start_time_seconds 5.000000000");
    expect_line(&text, "espial_pairs_folded 0");
    assert_null(strstr(text.chars, "\"other\""));
    assert_null(strstr(text.chars, "0xa1"));
    es_text_fini(&text);
    es_metrics_free(metrics);
}

static void a_gap_is_a_loss_once_nothing_can_fill_it_any_more(void **state)
{
    struct scene *scene = *state;
    struct es_metrics *metrics = metrics_of(8);
    scene_stream(scene, A, 0xa1, 1, 10, 1);
    scene_stream(scene, A, 0xa1, 14, 10, 1);
    expect_now(metrics, scene, "espial_esp_lost_packets_total" ONWARDS " 0");
    scene_esp(scene, A, 0xa1, 12);
    scene_stream(scene, A, 0xa1, 24, 300, 1);
    expect_now(metrics, scene, "espial_esp_lost_packets_total" ONWARDS " 2");
    expect_now(metrics, scene, "espial_esp_lost_packets_total" ONWARDS " 2");
    es_metrics_free(metrics);
}

static void unanswered_checks_are_shown(void **state)
{
    struct scene *scene = *state;
    struct es_metrics *metrics = metrics_of(8);
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    dialogue_dpd(&dialogue, A);
    dialogue_ask_in_vain(&dialogue, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 3, 4);
    struct es_text text = write_text(metrics, scene, NULL);
    expect_line(&text, "espial_dpd_requests_total" ONWARDS " 2");
    expect_line(&text, "espial_dpd_answers_total" ONWARDS " 1");
    expect_line(&text, "espial_dpd_unanswered" ONWARDS " 1");
    expect_line(&text, "espial_ike_retransmissions_total 2");
    es_text_fini(&text);
    es_metrics_free(metrics);
}

static void play_forged(struct scene *scene, uint8_t last)
{
    char address[32];
    snprintf(address, sizeof(address), "203.0.113.%u", last);
    scene->peers[A].address = scene_address(address);
    scene_esp(scene, A, 0xf00 + last, 1);
}

static void pairs_beyond_the_limit_are_one_and_established_ones_have_their_own(void **state)
{
    struct scene *scene = *state;
    struct es_metrics *metrics = metrics_of(4);
    const struct es_address real = scene->peers[A].address;
    for (uint8_t i = 1; i <= 20; i++)
        play_forged(scene, i);
    struct es_text text = write_text(metrics, scene, NULL);
    /* One forged tunnel has its two directions; that is half of the places. */
    expect_line(&text, "espial_pairs_folded 38");
    expect_line(&text, "espial_esp_packets_total{source=\"other\",destination=\"other\"} 19");
    es_text_fini(&text);

    scene->peers[A].address = real;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    scene_talk(scene, 0xa1, 0xb1, 1, 5, 100);
    expect_now(metrics, scene, "espial_esp_packets_total" ONWARDS " 5");
    expect_now(metrics, scene, "espial_esp_packets_total" BACK " 5");
    expect_now(metrics, scene,
               "espial_esp_packets_total{source=\"other\",destination=\"other\"} 19");
    es_metrics_free(metrics);
}

static void an_established_pair_takes_the_place_of_one_that_is_not(void **state)
{
    struct scene *scene = *state;
    struct es_metrics *metrics = metrics_of(2);
    const struct es_address real = scene->peers[A].address;
    play_forged(scene, 1);
    expect_now(metrics, scene, "espial_pairs_folded 1");
    scene->peers[A].address = real;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    scene_talk(scene, 0xa1, 0xb1, 1, 5, 100);
    expect_now(metrics, scene, "espial_esp_packets_total" ONWARDS " 5");
    expect_now(metrics, scene, "espial_esp_packets_total" BACK " 5");
    expect_now(metrics, scene, "espial_pairs_folded 2");
    es_metrics_free(metrics);
}

static void what_the_tracker_forgets_stays_counted(void **state)
{
    struct scene *scene = *state;
    struct es_metrics *metrics = metrics_of(8);
    scene_stream(scene, A, 0xa1, 1, 10, 1);
    expect_now(metrics, scene, "espial_esp_packets_total" ONWARDS " 10");
    /* As if its state had been evicted, and packets came again. */
    struct es_peer *peer = (struct es_peer *)&scene_tunnel(scene, 1)->peers[A];
    peer->esp.count = 3;
    expect_now(metrics, scene, "espial_esp_packets_total" ONWARDS " 10");
    peer->esp.count = 8;
    expect_now(metrics, scene, "espial_esp_packets_total" ONWARDS " 15");
    es_metrics_free(metrics);
}

static void findings_in_force_are_counted_by_id_and_severity(void **state)
{
    struct scene *scene = *state;
    struct es_metrics *metrics = metrics_of(8);
    const struct es_alert_sink nobody = {NULL, NULL};
    struct es_alerts *alerts = es_alerts_new(ES_SEVERITY_NOTE, ES_SECOND, &nobody);
    assert_non_null(alerts);
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    scene_talk(scene, 0xa1, 0xb1, 1, 20, 1000);
    scene_stream(scene, A, 0xa1, 21, 60, 1000);
    es_alerts_update(alerts, scene_diagnose(scene), scene_model(scene)->last.time);
    struct es_text text = write_text(metrics, scene, alerts);
    expect_line(&text, "espial_finding_active{id=\"esp-one-way\",severity=\"error\"} 1");
    es_text_fini(&text);
    es_alerts_free(alerts);
    es_metrics_free(metrics);
}

static void own_numbers_and_labels_are_written_as_the_format_wants(void **state)
{
    struct scene *scene = *state;
    struct es_metrics *metrics = metrics_of(1);
    const struct es_metric more[] = {
        {"espial_things_total", "Things.", true,  7},
        {"espial_level",        "Level.",  false, 8}
    };
    const struct es_metrics_facts facts = {
        .model = scene_model(scene), .more = more, .more_count = 2};
    struct es_text text;
    es_text_init(&text);
    es_metrics_write(metrics, &facts, &text);
    expect_line(&text, "# TYPE espial_things_total counter");
    expect_line(&text, "espial_things_total 7");
    expect_line(&text, "# TYPE espial_level gauge");
    expect_line(&text, "espial_level 8");
    assert_int_equal(text.chars[text.length - 1], '\n');
    es_text_fini(&text);
    es_metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_tunnel_is_counted_by_peers_and_direction),
        scene_test(a_gap_is_a_loss_once_nothing_can_fill_it_any_more),
        scene_test(unanswered_checks_are_shown),
        scene_test(pairs_beyond_the_limit_are_one_and_established_ones_have_their_own),
        scene_test(an_established_pair_takes_the_place_of_one_that_is_not),
        scene_test(what_the_tracker_forgets_stays_counted),
        scene_test(findings_in_force_are_counted_by_id_and_severity),
        scene_test(own_numbers_and_labels_are_written_as_the_format_wants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
