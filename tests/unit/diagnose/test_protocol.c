/*
 * Packets that cannot be, and peers that say so of each other.
 */
#include "dialogue.h"
#include "unit.h"

static void malformed_ike_messages_are_a_warning(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    struct wire bad = dialogue_request(&ike, B, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    wire_patch_u16(&bad, ES_IKE_HEADER_BYTES + 2, 2);
    for (int i = 0; i < 3; i++) {
        scene_pause(scene, 1);
        scene_ike(scene, B, &bad);
    }
    scene_expect(scene, "ike-protocol-error");
    const struct es_finding *f = scene_finding(scene, "ike-protocol-error");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 3);
    assert_int_equal(f->first.number, 5);
    assert_int_equal(f->last.number, 7);
    assert_int_equal(f->evidence_count, 2);
    assert_non_null(strstr(f->summary, "3 IKE messages"));
    assert_non_null(strstr(f->summary, "offset"));
}

static void garbage_on_the_ports_is_a_warning_of_the_capture(void **state)
{
    struct scene *scene = *state;
    scene_garbage(scene, A, "neither IKE nor ESP");
    scene_garbage(scene, A, "neither IKE nor ESP");
    scene_expect(scene, "ike-protocol-error");
    const struct es_finding *f = scene_finding(scene, "ike-protocol-error");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_null(f->tunnel);
    assert_int_equal(f->count, 2);
    assert_non_null(strstr(f->summary, "neither IKE nor ESP"));
}

static void frames_that_the_decoder_refused_are_a_warning(void **state)
{
    struct scene *scene = *state;
    scene_last_until(scene, 1);
    const struct es_decoder_counts counts = {
        .malformed = 7, .malformed_first = {.number = 1}, .malformed_layer = "IPv4"};
    const struct es_coverage coverage = {.decoder = &counts};
    struct es_diagnosis *diagnosis =
        es_diagnose(scene_model(scene), &coverage, NULL, scene_model(scene)->last.time);
    const struct es_finding *f = es_diagnosis_findings(diagnosis);
    assert_non_null(f);
    assert_string_equal(f->rule->id, "ike-protocol-error");
    assert_int_equal(f->count, 7);
    assert_non_null(strstr(f->summary, "IPv4"));
    assert_null(f->next);
    es_diagnosis_free(diagnosis);
}

static void a_negotiation_ended_as_wrong_is_an_error(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire refusal = dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                                      ES_IKE_NOTIFY_INVALID_SYNTAX, 0);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &refusal);
    scene_expect(scene, "ike-protocol-error");
    const struct es_finding *f = scene_finding(scene, "ike-protocol-error");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 1);
    assert_non_null(strstr(f->summary, "INVALID_SYNTAX"));
    scene_pause(scene, 5);
    struct dialogue next = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&next);
    assert_int_equal(scene_finding(scene, "ike-protocol-error")->severity, ES_SEVERITY_NOTE);
}

static void a_refused_proposal_is_another_chapter(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire refusal = dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                                      ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN, 0);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &refusal);
    assert_null(scene_finding(scene, "ike-protocol-error"));
}

static void what_the_capture_cut_is_no_fault_of_a_peer(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike_cut(scene, A, &init, 64);
    scene_ike_cut(scene, B, &reply, 64);
    scene_expect_nothing(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(malformed_ike_messages_are_a_warning),
        scene_test(garbage_on_the_ports_is_a_warning_of_the_capture),
        scene_test(frames_that_the_decoder_refused_are_a_warning),
        scene_test(a_negotiation_ended_as_wrong_is_an_error),
        scene_test(a_refused_proposal_is_another_chapter),
        scene_test(what_the_capture_cut_is_no_fault_of_a_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
