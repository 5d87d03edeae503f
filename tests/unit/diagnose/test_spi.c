/*
 * SPIs after a rekey, after a Delete, and those that the peer does not know.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, A2 = 0xaaaa0002, B2 = 0xbbbb0002 };

/* 20 seconds of ESP, a rekey by A, and the Delete of the old Child SA. */
static struct dialogue rekey(struct scene *scene, const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, A, 1, suite);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    dialogue_rekey_child(&ike, A);
    dialogue_delete_child(&ike, A);
    return ike;
}

/* Each second a packet of both on these SPIs. */
static void go_on(struct scene *scene, uint32_t spi_a, uint32_t spi_b, unsigned seconds)
{
    scene_talk(scene, spi_a, spi_b, 21, seconds, 1000);
}

static bool names_spi(const struct es_finding *f, uint32_t spi)
{
    for (size_t i = 0; i < f->spi_count; i++) {
        if (f->spis[i] == spi)
            return true;
    }
    return false;
}

/* INVALID_SPI of `from`, outside of any IKE SA. */
static struct wire report_build(struct scene *scene, uint8_t from, uint32_t spi)
{
    struct dialogue stray = dialogue_of(scene, from, 9, &suite_gcm);
    struct wire wire = dialogue_clear_notify(&stray, ES_IKE_EXCHANGE_INFORMATIONAL, 0, 0,
                                             ES_IKE_NOTIFY_INVALID_SPI, 0);
    wire_u32(&wire, spi);
    wire_patch_u16(&wire, ES_IKE_HEADER_BYTES + 2, 12);
    wire_patch_u32(&wire, 24, wire.length);
    return wire;
}

/* --- spi-mismatch-after-rekey --- */

static void a_peer_that_stays_on_the_old_spi_is_a_fault(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_gcm_modp, &suite_cbc};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        rekey(&scene, suites[i]);
        const uint64_t deleted = scene.packets;
        go_on(&scene, A2, B1, 40);
        scene_expect(&scene, "spi-mismatch-after-rekey");
        const struct es_finding *f = scene_finding(&scene, "spi-mismatch-after-rekey");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
        assert_int_equal(f->peer, 1);
        assert_string_equal(f->role, "responder");
        assert_true(names_spi(f, B1));
        assert_true(names_spi(f, A2));
        assert_int_equal(f->child->number, 1);
        /* Ten seconds of grace; then one packet a second. */
        assert_in_range(f->count, 29, 30);
        assert_true(f->first.time - scene_child(&scene, 1)->deleted.ref.time > 10 * ES_SECOND);
        assert_int_equal(f->last.number, scene.packets);
        assert_int_equal(scene_child(&scene, 1)->deleted.ref.number, deleted);
        assert_non_null(strstr(f->display_filter, "0xbbbb0001"));
        scene_close(&scene);
    }
}

static void the_initiator_may_be_the_one_that_stays(void **state)
{
    struct scene *scene = *state;
    rekey(scene, &suite_gcm);
    go_on(scene, A1, B2, 40);
    scene_expect(scene, "spi-mismatch-after-rekey");
    assert_int_equal(scene_finding(scene, "spi-mismatch-after-rekey")->peer, 0);
    assert_true(names_spi(scene_finding(scene, "spi-mismatch-after-rekey"), A1));
}

static void a_second_rekey_does_not_hide_it(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = rekey(scene, &suite_gcm);
    go_on(scene, A2, B1, 20);
    dialogue_rekey_child(&ike, A);
    scene_talk(scene, A2 + 1, B1, 41, 20, 1000);
    assert_non_null(scene_finding(scene, "spi-mismatch-after-rekey"));
}

static void a_capture_that_began_before_the_rekey_is_enough(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    scene_talk(scene, A1, B1, 700000, 20, 1000);
    dialogue_rekey_child(&ike, A);
    dialogue_delete_child(&ike, A);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    scene_expect_nothing(scene);
    dialogue_rekey_child(&ike, B);
    dialogue_delete_child(&ike, B);
    scene_talk(scene, A2 + 1, B2, 21, 40, 1000);
    scene_expect(scene, "spi-mismatch-after-rekey");
    assert_true(names_spi(scene_finding(scene, "spi-mismatch-after-rekey"), B2));
}

/* Two Child SAs in use; the first is rekeyed and deleted, and on the second B falls silent. */
static void a_delete_that_may_have_meant_another_child_sa_proves_nothing(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    dialogue_rekey_child(&ike, A);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    scene_talk(scene, A1, B1, 21, 20, 1000);
    dialogue_rekey_child(&ike, A);
    dialogue_delete_child(&ike, A);
    scene_talk(scene, A2 + 1, B2 + 1, 1, 20, 1000);
    scene_stream(scene, A, A2, 21, 40, 1000);
    assert_null(scene_finding(scene, "spi-mismatch-after-rekey"));
    assert_null(scene_finding(scene, "stale-spi-after-delete"));
}

static void two_peers_that_moved_are_no_fault(void **state)
{
    struct scene *scene = *state;
    rekey(scene, &suite_gcm);
    scene_talk(scene, A2, B2, 1, 60, 1000);
    scene_expect_nothing(scene);
}

static void two_peers_that_stayed_are_no_fault(void **state)
{
    struct scene *scene = *state;
    rekey(scene, &suite_cbc);
    go_on(scene, A1, B1, 60);
    scene_expect_nothing(scene);
}

static void a_peer_that_moves_within_the_grace_is_no_fault(void **state)
{
    struct scene *scene = *state;
    rekey(scene, &suite_gcm);
    go_on(scene, A2, B1, 9);
    scene_expect_nothing(scene);
    scene_talk(scene, A2, B2, 30, 30, 1000);
    scene_expect_nothing(scene);
}

static void a_few_stragglers_are_no_fault(void **state)
{
    struct scene *scene = *state;
    rekey(scene, &suite_gcm);
    scene_talk(scene, A2, B2, 1, 12, 1000);
    scene_stream(scene, B, B1, 21, 4, 100);
    scene_talk(scene, A2, B2, 13, 12, 1000);
    scene_expect_nothing(scene);
}

/* --- stale-spi-after-delete --- */

static void esp_on_a_deleted_child_sa_is_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    dialogue_delete_child(&ike, B);
    scene_stream(scene, A, A1, 21, 40, 1000);
    scene_expect(scene, "stale-spi-after-delete");
    const struct es_finding *f = scene_finding(scene, "stale-spi-after-delete");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 0);
    assert_true(names_spi(f, A1));
    assert_in_range(f->count, 29, 30);
}

static void esp_after_the_delete_of_the_ike_sa_is_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    dialogue_delete_ike(&ike, B);
    scene_stream(scene, A, A1, 21, 40, 1000);
    scene_expect(scene, "stale-spi-after-delete");
}

static void esp_on_the_old_spi_and_the_new_one_is_a_warning(void **state)
{
    struct scene *scene = *state;
    rekey(scene, &suite_gcm);
    for (uint32_t i = 0; i < 40; i++) {
        scene_talk(scene, A2, B2, 1 + i, 1, 500);
        scene_stream(scene, A, A1, 21 + i, 1, 500);
    }
    scene_talk(scene, A2, B2, 41, 1, 500);
    scene_expect(scene, "stale-spi-after-delete");
    assert_int_equal(scene_finding(scene, "stale-spi-after-delete")->severity, ES_SEVERITY_WARNING);
}

static void a_peer_that_moved_at_last_is_worth_a_note(void **state)
{
    struct scene *scene = *state;
    rekey(scene, &suite_gcm);
    go_on(scene, A2, B1, 40);
    scene_expect(scene, "spi-mismatch-after-rekey");
    scene_talk(scene, A2, B2, 61, 5, 1000);
    assert_int_equal(scene_finding(scene, "stale-spi-after-delete")->severity, ES_SEVERITY_WARNING);
    scene_talk(scene, A2, B2, 66, 10, 1000);
    const struct es_finding *f = scene_finding(scene, "stale-spi-after-delete");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_non_null(strstr(f->summary, "now only on the new one"));
    assert_null(scene_finding(scene, "spi-mismatch-after-rekey"));
}

static void esp_within_the_grace_after_a_delete_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    dialogue_delete_child(&ike, B);
    scene_stream(scene, A, A1, 21, 9, 1000);
    scene_expect_nothing(scene);
}

static void esp_that_outlives_a_rekey_of_the_ike_sa_is_no_fault(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_gcm_modp, &suite_cbc,
                                                        &suite_cbc_25519};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        dialogue_establish(&ike);
        scene_talk(&scene, A1, B1, 1, 20, 1000);
        struct dialogue next = dialogue_rekey_ike(&ike, A, 2);
        dialogue_delete_ike(&ike, A);
        scene_talk(&scene, A1, B1, 21, 20, 1000);
        dialogue_dpd(&next, A);
        scene_expect_nothing(&scene);
        /* A lull in one direction must not make the other one stale. */
        scene_stream(&scene, A, A1, 41, 9, 1000);
        scene_expect_nothing(&scene);
        scene_close(&scene);
    }
}

/* --- invalid-spi-notify, invalid-ike-spi --- */

static void a_report_of_an_unknown_spi_is_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 3, 1000);
    const struct wire report = report_build(scene, B, A1);
    scene_stream(scene, A, A1, 4, 3, 1000);
    scene_ike(scene, B, &report);
    scene_ike(scene, B, &report);
    scene_expect(scene, "invalid-spi-notify");
    const struct es_finding *f = scene_finding(scene, "invalid-spi-notify");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 0); /* who sends on it */
    assert_int_equal(f->count, 2);
    assert_int_equal(f->spi_count, 1);
    assert_int_equal(f->spis[0], A1);
    assert_int_equal(f->flow_count, 1);
}

static void silence_after_such_a_report_hangs_below_it(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    const struct wire report = report_build(scene, B, A1);
    scene_ike(scene, B, &report);
    scene_stream(scene, A, A1, 11, 30, 1000);
    scene_expect(scene, "invalid-spi-notify");
    assert_non_null(scene_below(scene_finding(scene, "invalid-spi-notify"), "esp-one-way"));
}

static void a_report_after_a_rekey_hangs_below_the_mismatch(void **state)
{
    struct scene *scene = *state;
    rekey(scene, &suite_gcm);
    go_on(scene, A2, B1, 20);
    const struct wire report = report_build(scene, A, B1);
    scene_ike(scene, A, &report);
    scene_talk(scene, A2, B1, 41, 20, 1000);
    scene_expect(scene, "spi-mismatch-after-rekey");
    const struct es_finding *f = scene_finding(scene, "spi-mismatch-after-rekey");
    assert_non_null(scene_below(f, "invalid-spi-notify"));
    assert_null(f->consequences->next);
}

static void a_report_of_an_unknown_ike_sa_is_a_warning(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    const struct wire report = dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_INFORMATIONAL, 2,
                                                     ike.spi[1], ES_IKE_NOTIFY_INVALID_IKE_SPI, 0);
    scene_ike(scene, B, &report);
    scene_expect(scene, "invalid-ike-spi");
    assert_int_equal(scene_finding(scene, "invalid-ike-spi")->severity, ES_SEVERITY_WARNING);
    assert_int_equal(scene_finding(scene, "invalid-ike-spi")->peer, 1);
}

/* --- unknown-spi --- */

static void young_spis_that_nothing_made_are_a_note(void **state)
{
    struct scene *scene = *state;
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_expect(scene, "unknown-spi");
    const struct es_finding *f = scene_finding(scene, "unknown-spi");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_int_equal(f->count, 40);
    assert_true(names_spi(f, A1));
    assert_true(names_spi(f, B1));
}

static void old_spis_were_made_before_the_capture(void **state)
{
    struct scene *scene = *state;
    scene_talk(scene, A1, B1, 30000, 20, 1000);
    scene_expect_nothing(scene);
}

/* --- delete-missing --- */

/* 20 seconds of ESP and a rekey by A, whose Delete nobody sees. */
static struct dialogue rekey_without_delete(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    dialogue_rekey_child(&ike, A);
    return ike;
}

static void a_side_that_stays_without_a_delete_is_degraded(void **state)
{
    struct scene *scene = *state;
    rekey_without_delete(scene);
    const uint64_t rekeyed = scene->packets;
    go_on(scene, A2, B1, 30);
    scene_expect(scene, "delete-missing");
    const struct es_finding *f = scene_finding(scene, "delete-missing");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, A);
    assert_int_equal(f->first.number, rekeyed);
    assert_true(names_spi(f, B1));
    assert_non_null(strstr(f->summary, "0xbbbb0001"));
}

static void two_sides_that_moved_without_a_delete_are_told(void **state)
{
    struct scene *scene = *state;
    rekey_without_delete(scene);
    scene_talk(scene, A2, B2, 1, 30, 1000);
    const struct es_finding *f = scene_finding(scene, "delete-missing");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
}

static void a_delete_within_some_seconds_is_in_time(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = rekey_without_delete(scene);
    for (uint32_t i = 0; i < 5; i++) {
        scene_esp(scene, A, A2, 1 + i);
        scene_esp(scene, B, B1, 21 + i);
        scene_pause(scene, 1);
    }
    dialogue_delete_child(&ike, A);
    scene_stream(scene, A, A2, 6, 1, 0);
    scene_talk(scene, A2, B2, 7, 30, 1000);
    scene_expect_nothing(scene);
}

static void a_capture_that_ends_soon_says_nothing_of_deletes(void **state)
{
    struct scene *scene = *state;
    rekey_without_delete(scene);
    go_on(scene, A2, B1, 8);
    assert_null(scene_finding(scene, "delete-missing"));
}

/* A request without REKEY_SA makes another Child SA; both are in use. */
static void two_child_sas_side_by_side_miss_no_delete(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD, INNER_CHILD);
    for (uint32_t i = 0; i < 30; i++) {
        scene_talk(scene, A1, B1, 21 + i, 1, 500);
        scene_talk(scene, A2, B2, 1 + i, 1, 500);
    }
    scene_expect_nothing(scene);
    assert_null(scene_child(scene, 2)->rekeys);
}

/* --- early-spi-use --- */

static void early(struct scene *scene, unsigned packets)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    const struct wire request =
        dialogue_request(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD + 12);
    scene_ike(scene, A, &request);
    scene_stream(scene, A, A2, 1, packets, 100);
    scene_pause(scene, 0.1);
    const struct wire reply = dialogue_reply(&ike, &request, INNER_CHILD);
    scene_ike(scene, B, &reply);
    dialogue_delete_child(&ike, A);
    scene_talk(scene, A2, B2, packets + 1, 30, 1000);
}

static void esp_before_its_negotiation_is_complete_is_early(void **state)
{
    struct scene *scene = *state;
    early(scene, 5);
    scene_expect(scene, "early-spi-use");
    const struct es_finding *f = scene_finding(scene, "early-spi-use");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->peer, A);
    assert_int_equal(f->count, 5);
    assert_true(names_spi(f, A2));
    assert_int_equal(scene_child_count(scene), 2);
    assert_int_equal(scene_child(scene, 1)->rekeyed_by->number, 2);
}

static void one_early_packet_is_worth_a_note(void **state)
{
    struct scene *scene = *state;
    early(scene, 1);
    assert_int_equal(scene_finding(scene, "early-spi-use")->severity, ES_SEVERITY_NOTE);
}

static void esp_right_behind_the_response_is_not_early(void **state)
{
    struct scene *scene = *state;
    rekey(scene, &suite_gcm);
    scene_talk(scene, A2, B2, 1, 30, 1000);
    assert_null(scene_finding(scene, "early-spi-use"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_that_stays_on_the_old_spi_is_a_fault),
        scene_test(the_initiator_may_be_the_one_that_stays),
        scene_test(a_second_rekey_does_not_hide_it),
        scene_test(a_capture_that_began_before_the_rekey_is_enough),
        scene_test(a_delete_that_may_have_meant_another_child_sa_proves_nothing),
        scene_test(two_peers_that_moved_are_no_fault),
        scene_test(two_peers_that_stayed_are_no_fault),
        scene_test(a_peer_that_moves_within_the_grace_is_no_fault),
        scene_test(a_few_stragglers_are_no_fault),
        scene_test(esp_on_a_deleted_child_sa_is_a_fault),
        scene_test(esp_after_the_delete_of_the_ike_sa_is_a_fault),
        scene_test(esp_on_the_old_spi_and_the_new_one_is_a_warning),
        scene_test(a_peer_that_moved_at_last_is_worth_a_note),
        scene_test(esp_within_the_grace_after_a_delete_is_no_fault),
        cmocka_unit_test(esp_that_outlives_a_rekey_of_the_ike_sa_is_no_fault),
        scene_test(a_report_of_an_unknown_spi_is_a_fault),
        scene_test(silence_after_such_a_report_hangs_below_it),
        scene_test(a_report_after_a_rekey_hangs_below_the_mismatch),
        scene_test(a_report_of_an_unknown_ike_sa_is_a_warning),
        scene_test(young_spis_that_nothing_made_are_a_note),
        scene_test(old_spis_were_made_before_the_capture),
        scene_test(a_side_that_stays_without_a_delete_is_degraded),
        scene_test(two_sides_that_moved_without_a_delete_are_told),
        scene_test(a_delete_within_some_seconds_is_in_time),
        scene_test(a_capture_that_ends_soon_says_nothing_of_deletes),
        scene_test(two_child_sas_side_by_side_miss_no_delete),
        scene_test(esp_before_its_negotiation_is_complete_is_early),
        scene_test(one_early_packet_is_worth_a_note),
        scene_test(esp_right_behind_the_response_is_not_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
