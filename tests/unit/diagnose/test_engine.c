/*
 * The engine: order, consequences, counts, and what every finding has.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

/* Another pair of peers: its findings are of a tunnel of its own. */
static void move_to(struct scene *scene, const char *a)
{
    scene->peers[A].address = scene_address(a);
    scene->peers[A].port = scene->peers[B].port = 500;
    scene->encapsulated = false;
}

static void call_in_vain(struct scene *scene, uint8_t number)
{
    struct dialogue ike = dialogue_of(scene, A, number, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &init);
        scene_pause(scene, 4);
    }
}

/* Tunnels with a note, a possible warning, a certain warning and two errors, the worst last. */
static void all_kinds(struct scene *scene)
{
    struct dialogue forced = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&forced);
    scene_float(scene);
    dialogue_authenticate(&forced);
    scene_talk(scene, A1, B1, 1, 3, 100);

    move_to(scene, "192.0.2.20");
    scene_stream(scene, A, 0x2000, 5000, 20, 1000);

    move_to(scene, "192.0.2.30");
    scene->hidden[B] = true;
    struct dialogue half = dialogue_of(scene, A, 3, &suite_gcm);
    dialogue_establish(&half);
    scene->hidden[B] = false;

    move_to(scene, "192.0.2.40");
    struct dialogue silent = dialogue_of(scene, A, 4, &suite_gcm);
    dialogue_establish(&silent);
    scene_talk(scene, 0x4000, 0x4001, 1, 5, 1000);
    scene_stream(scene, A, 0x4000, 6, 30, 1000);

    move_to(scene, "192.0.2.50");
    call_in_vain(scene, 5);
}

static void the_most_severe_come_first_then_the_surest_then_the_earliest(void **state)
{
    struct scene *scene = *state;
    static const char *const expected[] = {"ike-no-response", "esp-one-way", "natt-forced",
                                           "capture-one-sided", "capture-one-sided"};
    all_kinds(scene);
    const struct es_diagnosis *d = scene_diagnose(scene);
    const struct es_finding *f = es_diagnosis_findings(d);
    for (size_t i = 0; i < ES_COUNT(expected); i++, f = f->next) {
        assert_non_null(f);
        assert_string_equal(f->rule->id, expected[i]);
        if (!f->next || f->next->rule->category != f->rule->category)
            continue;
        assert_true(f->severity >= f->next->severity);
        assert_true(f->severity > f->next->severity || f->confidence >= f->next->confidence);
    }
    /* What was measured and what a policy would care for comes last. */
    size_t asides = 0;
    for (; f; f = f->next, asides++) {
        assert_int_not_equal(f->rule->category, ES_CATEGORY_FAULT);
        assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    }
    assert_int_equal(es_diagnosis_count(d, ES_SEVERITY_ERROR), 2);
    assert_int_equal(es_diagnosis_count(d, ES_SEVERITY_WARNING), 0);
    assert_int_equal(es_diagnosis_count(d, ES_SEVERITY_NOTE), 3 + asides);
}

static void of_equals_the_earliest_comes_first(void **state)
{
    struct scene *scene = *state;
    call_in_vain(scene, 1);
    move_to(scene, "192.0.2.20");
    call_in_vain(scene, 2);
    const struct es_finding *f = es_diagnosis_findings(scene_diagnose(scene));
    assert_int_equal(f->tunnel->number, 1);
    assert_int_equal(f->next->tunnel->number, 2);
}

static void every_finding_has_what_a_reader_needs(void **state)
{
    struct scene *scene = *state;
    all_kinds(scene);
    for (const struct es_finding *f = es_diagnosis_findings(scene_diagnose(scene)); f;
         f = f->next) {
        assert_true(strlen(f->summary) > 0);
        assert_true(f->count > 0);
        assert_true(es_ref_seen(&f->first));
        assert_true(es_ref_seen(&f->last));
        assert_true(f->first.time <= f->last.time);
        assert_true(f->evidence_count > 0);
        for (size_t i = 0; i < f->evidence_count; i++) {
            assert_true(es_ref_seen(&f->evidence[i].ref));
            assert_true(strlen(f->evidence[i].what) > 0);
            if (i)
                assert_true(f->evidence[i - 1].ref.time <= f->evidence[i].ref.time);
        }
        assert_true(f->severity <= f->rule->severity);
        /* The rule's checks stand behind those of the case. */
        size_t own = 0;
        while (f->rule->checks[own])
            own++;
        assert_true(f->check_count >= own);
        assert_ptr_equal(f->checks[f->check_count - 1], f->rule->checks[own - 1]);
        if (f->confidence != ES_CONFIDENCE_CERTAIN)
            assert_non_null(f->reason);
    }
}

/* A dead peer in this tunnel: with ESP to it, or with DPD alone. */
static void die(struct scene *scene, uint8_t number, bool with_esp)
{
    struct dialogue ike = dialogue_of(scene, A, number, &suite_gcm);
    const uint32_t spi = 0x1000U * number;
    dialogue_establish(&ike);
    scene_talk(scene, spi, spi + 1, 1, 5, 1000);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    for (uint32_t i = 0; i < 5; i++) {
        scene_ike(scene, A, &ask);
        if (with_esp)
            scene_stream(scene, A, spi, 6 + 4 * i, 4, 1000);
        else
            scene_pause(scene, 4);
    }
}

static void consequences_hang_below_roots_of_their_own_tunnel_only(void **state)
{
    struct scene *scene = *state;
    die(scene, 1, true);
    move_to(scene, "192.0.2.20");
    die(scene, 2, false);
    scene_expect(scene, "peer-dead-esp-continues", "dpd-unanswered");
    const struct es_finding *root = scene_finding(scene, "peer-dead-esp-continues");
    assert_int_equal(root->tunnel->number, 1);
    assert_non_null(scene_below(root, "dpd-unanswered"));
    assert_int_equal(scene_below(root, "dpd-unanswered")->tunnel->number, 1);
    assert_true(scene_below(root, "dpd-unanswered")->check_count > 0);
    assert_int_equal(scene_finding(scene, "dpd-unanswered")->tunnel->number, 2);
    /* Those below are not counted. */
    assert_int_equal(es_diagnosis_count(scene->diagnosis, ES_SEVERITY_ERROR), 2);
}

static void an_empty_model_has_no_findings(void **state)
{
    struct scene *scene = *state;
    scene_expect_nothing(scene);
    es_diagnosis_free(NULL);
}

static void a_capture_that_saw_each_packet_twice_finds_nothing_more(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_cbc, &suite_v1_sha1};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        const bool is_v1 = suites[i]->major == 1;
        scene.twice = true;
        if (is_v1)
            dialogue_establish_v1(&ike);
        else
            dialogue_establish(&ike);
        scene_talk(&scene, A1, B1, 1, 30, 1000);
        for (int turn = 0; turn < 3; turn++) {
            if (is_v1)
                dialogue_r_u_there(&ike, A, true);
            else
                dialogue_dpd(&ike, A);
            scene_pause(&scene, 10);
        }
        if (is_v1)
            dialogue_quick_mode(&ike, A);
        else
            dialogue_rekey_child(&ike, A);
        if (!is_v1)
            dialogue_delete_child(&ike, A);
        scene_talk(&scene, A1 + 1, B1 + 1, 1, 30, 1000);
        scene_expect_nothing(&scene);
        assert_int_equal(scene_child_count(&scene), 2);
        assert_int_equal(scene_ike_sa(&scene, 1)->retransmissions, 0);
        assert_int_equal(es_ike_sa_dpd(scene_ike_sa(&scene, 1), 0)->answered, 3);
        assert_int_equal(es_sequence_disorder(&scene_flow(&scene, A1)->sequence)->duplicates, 30);
        scene_close(&scene);
    }
}

static void looking_twice_says_the_same(void **state)
{
    struct scene *scene = *state;
    all_kinds(scene);
    static const struct es_coverage coverage;
    const struct es_model *model = scene_model(scene);
    struct es_diagnosis *one = es_diagnose(model, &coverage, NULL, model->last.time);
    struct es_diagnosis *two = es_diagnose(model, &coverage, NULL, model->last.time);
    const struct es_finding *f = es_diagnosis_findings(one);
    const struct es_finding *g = es_diagnosis_findings(two);
    for (; f && g; f = f->next, g = g->next) {
        assert_ptr_equal(f->rule, g->rule);
        assert_string_equal(f->summary, g->summary);
    }
    assert_null(f);
    assert_null(g);
    es_diagnosis_free(one);
    es_diagnosis_free(two);
}

static void names_are_those_of_the_contract(void **state)
{
    (void)state;
    assert_string_equal(es_severity_name(ES_SEVERITY_NOTE), "note");
    assert_string_equal(es_severity_name(ES_SEVERITY_WARNING), "warning");
    assert_string_equal(es_severity_name(ES_SEVERITY_ERROR), "error");
    assert_string_equal(es_confidence_name(ES_CONFIDENCE_POSSIBLE), "possible");
    assert_string_equal(es_confidence_name(ES_CONFIDENCE_LIKELY), "likely");
    assert_string_equal(es_confidence_name(ES_CONFIDENCE_CERTAIN), "certain");
    assert_string_equal(es_provenance_name(ES_PROVENANCE_OBSERVED), "observed");
    assert_string_equal(es_provenance_name(ES_PROVENANCE_DECRYPTED), "decrypted");
    assert_string_equal(es_provenance_name(ES_PROVENANCE_INFERRED), "inferred");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(the_most_severe_come_first_then_the_surest_then_the_earliest),
        scene_test(of_equals_the_earliest_comes_first),
        scene_test(every_finding_has_what_a_reader_needs),
        scene_test(consequences_hang_below_roots_of_their_own_tunnel_only),
        scene_test(an_empty_model_has_no_findings),
        cmocka_unit_test(a_capture_that_saw_each_packet_twice_finds_nothing_more),
        scene_test(looking_twice_says_the_same),
        cmocka_unit_test(names_are_those_of_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
