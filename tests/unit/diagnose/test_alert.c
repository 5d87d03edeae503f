/*
 * Alerts: what is new, what changed, what is over.
 */
#include "dialogue.h"
#include "unit.h"

#include "espial/diagnose/alert.h"

#include <stdio.h>

enum { HEARD_MAX = 16, HOLD_S = 10 };

struct heard {
    size_t count;
    struct {
        enum es_alert_kind kind;
        const char *id;
        enum es_severity severity, before;
        bool has_finding;
    } what[HEARD_MAX];
};

static void hear(void *context, enum es_alert_kind kind, const struct es_alert *alert,
                 const struct es_finding *finding)
{
    struct heard *heard = context;
    assert_true(heard->count < HEARD_MAX);
    heard->what[heard->count].kind = kind;
    heard->what[heard->count].id = alert->rule->id;
    heard->what[heard->count].severity = alert->severity;
    heard->what[heard->count].before = alert->before;
    heard->what[heard->count].has_finding = finding != NULL;
    heard->count++;
    assert_true(strlen(alert->summary) > 0);
}

static void expect(const struct heard *heard, size_t at, enum es_alert_kind kind, const char *id)
{
    assert_true(at < heard->count);
    assert_int_equal(heard->what[at].kind, kind);
    assert_string_equal(heard->what[at].id, id);
    assert_int_equal(heard->what[at].has_finding, kind != ES_ALERT_ENDS);
}

static void look(struct es_alerts *alerts, struct scene *scene)
{
    es_alerts_update(alerts, scene_diagnose(scene), scene_model(scene)->last.time);
}

static struct es_alerts *alerts_for(struct heard *heard, enum es_severity least)
{
    const struct es_alert_sink sink = {hear, heard};
    struct es_alerts *alerts = es_alerts_new(least, HOLD_S * ES_SECOND, &sink);
    assert_non_null(alerts);
    return alerts;
}

static void a_finding_begins_once_and_ends_after_the_hold(void **state)
{
    struct scene *scene = *state;
    struct heard heard = {0};
    struct es_alerts *alerts = alerts_for(&heard, ES_SEVERITY_WARNING);
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    look(alerts, scene);
    assert_int_equal(heard.count, 0);

    const struct wire probe = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &probe);
        scene_pause(scene, 3);
        look(alerts, scene);
    }
    assert_int_equal(heard.count, 1);
    expect(&heard, 0, ES_ALERT_BEGINS, "dpd-unanswered");
    assert_int_equal(heard.what[0].severity, ES_SEVERITY_ERROR);
    assert_int_equal(es_alerts_count(alerts), 1);
    assert_int_equal(es_alerts_at(alerts, 0)->tunnel, 1);
    assert_null(es_alerts_at(alerts, 1));

    const struct wire answer = dialogue_reply(&ike, &probe, INNER_EMPTY);
    scene_ike(scene, B, &answer);
    look(alerts, scene);
    assert_int_equal(heard.count, 1);
    scene_pause(scene, HOLD_S + 1);
    scene_last_until(scene, 60);
    look(alerts, scene);
    assert_int_equal(heard.count, 2);
    expect(&heard, 1, ES_ALERT_ENDS, "dpd-unanswered");
    assert_int_equal(es_alerts_count(alerts), 0);
    look(alerts, scene);
    assert_int_equal(heard.count, 2);
    es_alerts_free(alerts);
}

static void a_milder_finding_is_passed_over(void **state)
{
    struct scene *scene = *state;
    struct heard heard = {0};
    struct es_alerts *alerts = alerts_for(&heard, ES_SEVERITY_ERROR);
    scene_stream(scene, A, 0xaaaa0001, 5000, 60, 1000);
    assert_int_equal(scene_finding(scene, "capture-one-sided")->severity, ES_SEVERITY_NOTE);
    look(alerts, scene);
    assert_int_equal(heard.count, 0);
    es_alerts_free(alerts);
}

static void another_severity_is_a_change(void **state)
{
    struct scene *scene = *state;
    struct heard heard = {0};
    struct es_alerts *alerts = alerts_for(&heard, ES_SEVERITY_NOTE);
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &init);
        scene_pause(scene, 4);
    }
    scene_last_until(scene, 20);
    look(alerts, scene);
    assert_int_equal(heard.count, 1);
    expect(&heard, 0, ES_ALERT_BEGINS, "ike-no-response");
    /* A later attempt comes up: what failed before is worth a note. */
    struct dialogue again = dialogue_of(scene, A, 7, &suite_gcm);
    dialogue_establish(&again);
    look(alerts, scene);
    assert_int_equal(heard.count, 2);
    expect(&heard, 1, ES_ALERT_CHANGES, "ike-no-response");
    assert_int_equal(heard.what[0].before, ES_SEVERITY_ERROR);
    assert_int_equal(heard.what[1].severity, ES_SEVERITY_NOTE);
    assert_int_equal(heard.what[1].before, ES_SEVERITY_ERROR);
    es_alerts_free(alerts);
}

static void each_tunnel_has_its_own(void **state)
{
    struct scene *scene = *state;
    struct heard heard = {0};
    struct es_alerts *alerts = alerts_for(&heard, ES_SEVERITY_NOTE);
    for (uint8_t i = 1; i <= 3; i++) {
        char address[32];
        snprintf(address, sizeof(address), "192.0.2.%u", 10U + i);
        scene->peers[A].address = scene_address(address);
        scene_stream(scene, A, 0xaaaa0000U + i, 5000, 60, 1000);
    }
    look(alerts, scene);
    assert_int_equal(heard.count, 3);
    assert_int_equal(es_alerts_count(alerts), 3);
    assert_int_equal(es_alerts_dropped(alerts), 0);
    es_alerts_free(alerts);
}

/* Who forges packets makes notes by the thousand. */
static void a_flood_of_notes_leaves_room(void **state)
{
    struct scene *scene = *state;
    const struct es_alert_sink deaf = {0};
    struct es_alerts *alerts = es_alerts_new(ES_SEVERITY_NOTE, HOLD_S * ES_SECOND, &deaf);
    for (uint32_t i = 0; i < 2000; i++) {
        char address[32];
        snprintf(address, sizeof(address), "10.1.%u.%u", i / 250, i % 250 + 1);
        scene->peers[A].address = scene_address(address);
        scene_stream(scene, A, 0xbbbb0000U + i, 1, 1, 1);
    }
    look(alerts, scene);
    const size_t notes = es_alerts_count(alerts);
    assert_int_equal(notes, 1024);
    assert_int_equal(es_alerts_dropped(alerts), 2000 - notes);
    scene->peers[A].address = scene_address("192.0.2.1");
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &init);
        scene_pause(scene, 4);
    }
    scene_last_until(scene, 20);
    look(alerts, scene);
    assert_int_equal(es_alerts_count(alerts), notes + 1);
    const struct es_alert *last = es_alerts_at(alerts, notes);
    assert_string_equal(last->rule->id, "ike-no-response");
    es_alerts_free(alerts);
}

/* Nobody knows whether the fault of a tunnel that was forgotten is over. */
static void a_forgotten_tunnel_s_finding_ends_without_a_word(void **state)
{
    (void)state;
    struct scene scene = scene_open_with(&(struct es_tracker_options){.max_tunnels = 2});
    struct heard heard = {0};
    struct es_alerts *alerts = alerts_for(&heard, ES_SEVERITY_WARNING);
    struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 5, 3);
    look(alerts, &scene);
    assert_int_equal(heard.count, 1);
    expect(&heard, 0, ES_ALERT_BEGINS, "dpd-unanswered");

    scene.peers[A].address = scene_address("192.0.2.77");
    struct dialogue other = dialogue_of(&scene, A, 2, &suite_gcm);
    dialogue_establish(&other);
    assert_int_equal(scene_model(&scene)->forgotten.proven, 1);
    scene_pause(&scene, HOLD_S);
    scene_last_until(&scene, 60);
    look(alerts, &scene);
    assert_int_equal(heard.count, 1);
    assert_int_equal(es_alerts_count(alerts), 0);
    es_alerts_free(alerts);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_finding_begins_once_and_ends_after_the_hold),
        scene_test(a_milder_finding_is_passed_over),
        scene_test(another_severity_is_a_change),
        scene_test(each_tunnel_has_its_own),
        scene_test(a_flood_of_notes_leaves_room),
        cmocka_unit_test(a_forgotten_tunnel_s_finding_ends_without_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
