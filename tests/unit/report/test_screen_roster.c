/*
 * The rows of the screen's list: rates, histories, rekeys, marks, order and filter.
 */
#include "dialogue.h"
#include "unit.h"

#include "screen_roster.h"

static void look(struct scene *scene, struct es_roster *roster)
{
    assert_true(es_roster_update(roster, scene_model(scene), scene_diagnose(scene),
                                 ES_SEVERITY_NOTE, scene->now));
    assert_true(es_roster_arrange(roster));
}

static void a_rate_is_of_the_seconds_since_the_last_look(void **state)
{
    struct scene *scene = *state;
    struct es_roster roster = {0};
    scene_talk(scene, 0xa1, 0xb1, 1, 10, 100);
    scene_at(scene, 1);
    look(scene, &roster);
    scene_stream(scene, A, 0xa1, 11, 20, 10);
    scene_at(scene, 2);
    look(scene, &roster);
    const struct es_row *row = es_roster_find(&roster, 1);
    assert_non_null(row);
    assert_true(row->lanes[A].packets_s > 19.9 && row->lanes[A].packets_s < 20.1);
    assert_true(row->lanes[B].packets_s == 0);
    assert_true(row->lanes[A].bytes_s > 19.9 * SCENE_ESP_BYTES);
    assert_int_equal(row->samples, 2);
    assert_true(row->lanes[B].history[ES_HISTORY - 2] > 9);
    assert_true(row->lanes[B].history[ES_HISTORY - 1] == 0);
    es_roster_fini(&roster);
}

static void a_look_within_the_second_keeps_the_rates(void **state)
{
    struct scene *scene = *state;
    struct es_roster roster = {0};
    scene_talk(scene, 0xa1, 0xb1, 1, 10, 100);
    scene_at(scene, 1);
    look(scene, &roster);
    const double before = es_roster_find(&roster, 1)->lanes[A].packets_s;
    scene_pause(scene, 0.3);
    look(scene, &roster);
    assert_true(es_roster_find(&roster, 1)->lanes[A].packets_s == before);
    assert_int_equal(es_roster_find(&roster, 1)->samples, 1);
    es_roster_fini(&roster);
}

static void seconds_without_a_look_have_samples_too(void **state)
{
    struct scene *scene = *state;
    struct es_roster roster = {0};
    scene_talk(scene, 0xa1, 0xb1, 1, 10, 100);
    scene_at(scene, 1);
    look(scene, &roster);
    scene_at(scene, 6);
    look(scene, &roster);
    assert_int_equal(es_roster_find(&roster, 1)->samples, 6);
    scene_at(scene, 600);
    look(scene, &roster);
    assert_int_equal(es_roster_find(&roster, 1)->samples, ES_HISTORY);
    es_roster_fini(&roster);
}

static void a_rekey_is_due_when_the_one_before_was(void **state)
{
    struct scene *scene = *state;
    struct es_roster roster = {0};
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm_modp);
    dialogue_establish(&dialogue);
    scene_talk(scene, 0xa1, 0xb1, 1, 3, 100);
    look(scene, &roster);
    assert_int_equal(es_row_due(es_roster_find(&roster, 1)), 0);
    scene_at(scene, 100);
    dialogue_rekey_child(&dialogue, A);
    scene_talk(scene, 0xa2, 0xb2, 1, 3, 100);
    dialogue_delete_child(&dialogue, A);
    scene_at(scene, 150);
    look(scene, &roster);
    const es_time due = es_row_due(es_roster_find(&roster, 1)) - scene->start;
    assert_true(due > 199 * ES_SECOND && due < 201 * ES_SECOND);
    es_roster_fini(&roster);
}

static void a_check_on_its_way_is_not_lost(void **state)
{
    struct scene *scene = *state;
    struct es_roster roster = {0};
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm_modp);
    dialogue_establish(&dialogue);
    scene_at(scene, 10);
    dialogue_dpd(&dialogue, A);
    look(scene, &roster);
    assert_int_equal(es_roster_find(&roster, 1)->pulse, ES_PULSE_SOUND);
    scene_at(scene, 20);
    const struct wire check = dialogue_request(&dialogue, A, ES_IKE_EXCHANGE_INFORMATIONAL, 0);
    scene_ike(scene, A, &check);
    scene_pause(scene, 1);
    look(scene, &roster);
    assert_int_equal(es_roster_find(&roster, 1)->pulse, ES_PULSE_SOUND);
    scene_pause(scene, 4);
    scene_ike(scene, A, &check);
    look(scene, &roster);
    assert_int_equal(es_roster_find(&roster, 1)->pulse, ES_PULSE_LOST);
    assert_int_equal(es_roster_find(&roster, 1)->unanswered, 1);
    es_roster_fini(&roster);
}

static void a_fault_marks_its_row(void **state)
{
    struct scene *scene = *state;
    struct es_roster roster = {0};
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm_modp);
    dialogue_establish(&dialogue);
    look(scene, &roster);
    assert_int_equal(es_row_worst(es_roster_find(&roster, 1)), -1);
    scene_talk(scene, 0xa1, 0xb1, 1, 20, 100);
    scene_stream(scene, A, 0xa1, 21, 200, 100);
    look(scene, &roster);
    const struct es_row *row = es_roster_find(&roster, 1);
    assert_int_equal(es_row_worst(row), ES_SEVERITY_ERROR);
    assert_string_equal(row->rules[0]->id, "esp-one-way");
    es_roster_fini(&roster);
}

/* Three tunnels: the second has the most packets; the third's addresses differ. */
static void three(struct scene *scene, struct es_roster *roster)
{
    const char *const addresses[] = {"198.51.100.2", "198.51.100.9", "203.0.113.77"};
    const unsigned packets[] = {5, 50, 10};
    for (unsigned i = 0; i < 3; i++) {
        scene->peers[B].address = scene_address(addresses[i]);
        scene_talk(scene, 0xa1 + i, 0xb1 + i, 1, packets[i], 10);
    }
    scene_at(scene, 3);
    look(scene, roster);
    assert_int_equal(roster->count, 3);
}

static void rows_are_sorted_and_reversed(void **state)
{
    struct scene *scene = *state;
    struct es_roster roster = {.sort = ES_SORT_NUMBER};
    three(scene, &roster);
    assert_int_equal(es_roster_at(&roster, 0)->number, 1);
    roster.reverse = true;
    assert_true(es_roster_arrange(&roster));
    assert_int_equal(es_roster_at(&roster, 0)->number, 3);
    roster.reverse = false;
    roster.sort = ES_SORT_PACKETS;
    assert_true(es_roster_arrange(&roster));
    assert_int_equal(es_roster_at(&roster, 0)->number, 2);
    assert_int_equal(es_roster_at(&roster, 1)->number, 3);
    assert_int_equal(es_roster_place(&roster, 1), 2);
    for (int sort = 0; sort < ES_SORTS; sort++) {
        roster.sort = (enum es_roster_sort)sort;
        assert_true(es_roster_arrange(&roster));
        assert_int_equal(roster.shown, 3);
        assert_non_null(es_roster_sort_name(roster.sort));
    }
    es_roster_fini(&roster);
}

static void a_filter_looks_at_numbers_peers_and_findings(void **state)
{
    static const struct {
        const char *filter;
        size_t shown;
    } cases[] = {
        {"",            3},
        {"203.0.113",   1},
        {"198.51.100.", 2},
        {"#2 ",         1},
        {"nothing",     0},
        {"UNKNOWN-SPI", 3},
    };
    struct scene *scene = *state;
    struct es_roster roster = {0};
    three(scene, &roster);
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        snprintf(roster.filter, sizeof(roster.filter), "%s", cases[i].filter);
        assert_true(es_roster_arrange(&roster));
        assert_int_equal(roster.shown, cases[i].shown);
    }
    assert_null(es_roster_at(&roster, 3));
    assert_int_equal(es_roster_place(&roster, 99), roster.shown);
    es_roster_fini(&roster);
}

static void only_one_tunnel_where_that_is_wanted(void **state)
{
    struct scene *scene = *state;
    struct es_roster roster = {0};
    three(scene, &roster);
    roster.tunnel = 2;
    look(scene, &roster);
    assert_int_equal(roster.count, 1);
    assert_non_null(es_roster_find(&roster, 2));
    assert_null(es_roster_find(&roster, 1));
    es_roster_fini(&roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_rate_is_of_the_seconds_since_the_last_look),
        scene_test(a_look_within_the_second_keeps_the_rates),
        scene_test(seconds_without_a_look_have_samples_too),
        scene_test(a_rekey_is_due_when_the_one_before_was),
        scene_test(a_check_on_its_way_is_not_lost),
        scene_test(a_fault_marks_its_row),
        scene_test(rows_are_sorted_and_reversed),
        scene_test(a_filter_looks_at_numbers_peers_and_findings),
        scene_test(only_one_tunnel_where_that_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
