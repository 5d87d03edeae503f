/*
 * What encrypted messages were, by their length and by what stands around them.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, A2 = 0xaaaa0002, B2 = 0xbbbb0002 };

static bool is_deleted(const struct scene *scene, uint32_t child)
{
    return es_ref_seen(&scene_child(scene, child)->deleted.ref);
}

static void message_lengths_are_those_of_the_suites(void **state)
{
    struct scene *scene = *state;
    static const struct {
        const struct es_ike_suite *suite;
        size_t inner, length;
    } cases[] = {
        {&suite_gcm, INNER_EMPTY,        57},
        {&suite_gcm, INNER_DELETE_IKE,   65},
        {&suite_gcm, INNER_DELETE_CHILD, 69},
        {&suite_cbc, INNER_EMPTY,        80},
        {&suite_cbc, INNER_DELETE_IKE,   80},
        {&suite_cbc, INNER_DELETE_CHILD, 80},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct dialogue ike = dialogue_of(scene, A, 1, cases[i].suite);
        const struct wire wire =
            dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, cases[i].inner);
        assert_int_equal(wire.length, cases[i].length);
    }
}

static void a_delete_after_a_rekey_ends_the_replaced_child_sa(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_gcm_modp, &suite_cbc};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        dialogue_establish(&ike);
        scene_talk(&scene, A1, B1, 1, 10, 1000);
        dialogue_rekey_child(&ike, B);
        scene_talk(&scene, A2, B2, 1, 3, 1000);
        dialogue_delete_child(&ike, B);
        assert_int_equal(scene_child_count(&scene), 2);
        assert_true(is_deleted(&scene, 1));
        assert_false(is_deleted(&scene, 2));
        const struct es_child_event *deleted = &scene_child(&scene, 1)->deleted;
        assert_int_equal(deleted->ref.number, scene.packets);
        assert_int_equal(deleted->side, 1);
        assert_int_equal(deleted->provenance, ES_PROVENANCE_INFERRED);
        assert_int_equal(scene_ike_sa(&scene, 1)->state, ES_IKE_SA_ESTABLISHED);
        assert_int_equal(es_ike_sa_dpd(scene_ike_sa(&scene, 1), 1)->requests, 0);
        scene_close(&scene);
    }
}

static void a_delete_that_is_not_answered_ends_nothing_yet(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_rekey_child(&ike, A);
    const struct wire ask =
        dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_DELETE_CHILD);
    scene_ike(scene, A, &ask);
    assert_false(is_deleted(scene, 1));
    const struct wire answer = dialogue_reply(&ike, &ask, INNER_DELETE_CHILD);
    scene_ike(scene, B, &answer);
    assert_true(is_deleted(scene, 1));
}

static void a_dpd_after_a_rekey_is_no_delete_where_lengths_tell(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_rekey_child(&ike, A);
    scene_pause(scene, 1);
    dialogue_dpd(&ike, B);
    assert_false(is_deleted(scene, 1));
    assert_int_equal(es_ike_sa_dpd(scene_ike_sa(scene, 1), 1)->requests, 1);
    assert_false(es_ike_sa_dpd(scene_ike_sa(scene, 1), 1)->ambiguous);
}

static void a_dpd_long_after_a_rekey_is_no_delete_in_cbc_either(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_cbc);
    dialogue_establish(&ike);
    dialogue_rekey_child(&ike, A);
    dialogue_delete_child(&ike, A);
    for (int i = 0; i < 3; i++) {
        scene_pause(scene, 20);
        dialogue_dpd(&ike, B);
    }
    assert_false(is_deleted(scene, 2));
    assert_int_equal(es_ike_sa_dpd(scene_ike_sa(scene, 1), 1)->requests, 3);
    assert_true(es_ike_sa_dpd(scene_ike_sa(scene, 1), 1)->ambiguous);
}

static void a_delete_without_a_rekey_ends_the_only_child_sa(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_delete_child(&ike, A);
    assert_true(is_deleted(scene, 1));
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_ESTABLISHED);
}

static void which_of_two_child_sas_is_deleted_cannot_be_told(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD, INNER_CHILD);
    scene_pause(scene, 60);
    dialogue_delete_child(&ike, A);
    assert_false(is_deleted(scene, 1));
    assert_false(is_deleted(scene, 2));
}

static void a_delete_of_the_ike_sa_ends_its_child_sas(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD, INNER_CHILD);
    scene_pause(scene, 60);
    dialogue_delete_ike(&ike, B);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_CLOSED);
    assert_int_equal(scene_ike_sa(scene, 1)->closed.number, scene->packets);
    assert_true(is_deleted(scene, 1));
    assert_true(is_deleted(scene, 2));
    assert_int_equal(es_tunnel_state(scene_tunnel(scene, 1)), ES_TUNNEL_CLOSED);
}

/* The Delete of the old IKE SA follows at once; the new one shows itself only later. */
static void child_sas_outlive_a_rekey_of_their_ike_sa(void **state)
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
        dialogue_dpd(&next, B);
        assert_int_equal(scene_ike_sa(&scene, 1)->state, ES_IKE_SA_CLOSED);
        assert_ptr_equal(scene_ike_sa(&scene, 1)->rekeyed_to, scene_ike_sa(&scene, 2));
        assert_int_equal(scene_ike_sa(&scene, 2)->state, ES_IKE_SA_ESTABLISHED);
        assert_false(is_deleted(&scene, 1));
        assert_null(scene_child(&scene, 1)->rekeyed_by);
        assert_int_equal(scene_child_count(&scene), 1);
        /* The next rekey of the Child SA, within the new IKE SA, is told as one. */
        dialogue_rekey_child(&next, A);
        scene_talk(&scene, A2, B2, 1, 3, 1000);
        dialogue_delete_child(&next, A);
        assert_int_equal(scene_child_count(&scene), 2);
        assert_true(is_deleted(&scene, 1));
        assert_ptr_equal(scene_flow(&scene, A2)->child->rekeys, scene_child(&scene, 1));
        assert_false(es_ref_seen(&scene_flow(&scene, A2)->child->deleted.ref));
        scene_close(&scene);
    }
}

static void a_refused_authentication_fails_the_ike_sa(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_cbc};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        dialogue_agree(&ike);
        dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_NOTIFY);
        const struct es_ike_sa *sa = scene_ike_sa(&scene, 1);
        assert_int_equal(sa->state, ES_IKE_SA_FAILED);
        assert_int_equal(sa->error, 0); /* which one is encrypted */
        assert_int_equal(sa->error_side, 1);
        assert_int_equal(sa->error_ref.number, 4);
        assert_int_equal(scene_child_count(&scene), 0);
        scene_close(&scene);
    }
}

static void a_refused_child_sa_leaves_the_ike_sa_up(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_AUTH_CHILDLESS);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(scene_child_count(scene), 0);
}

static void a_refused_create_child_sa_makes_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD, INNER_NOTIFY);
    assert_int_equal(scene_child_count(scene), 1);
    assert_null(scene_child(scene, 1)->rekeyed_by);
}

static void eap_makes_one_child_sa_at_its_end(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, 600);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, 40, 60);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, 80, 12);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, 40, INNER_AUTH);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(scene_child_count(scene), 1);
    assert_int_equal(scene_child(scene, 1)->created.ref.number, scene->packets);
}

static void an_eap_request_as_short_as_an_error_is_none_when_rounds_follow(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, 9);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_FAILED);
    const struct wire second = dialogue_request(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, 40);
    scene_ike(scene, A, &second);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_NEGOTIATING);
}

static void short_informationals_of_an_unknown_suite_are_dpd(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    for (int i = 0; i < 3; i++) {
        dialogue_dpd(&ike, A);
        scene_pause(scene, 30);
    }
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(es_ike_sa_dpd(sa, 0)->requests, 3);
    assert_int_equal(es_ike_sa_dpd(sa, 0)->answered, 3);
    assert_true(es_ike_sa_dpd(sa, 0)->ambiguous);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, 400, INNER_EMPTY);
    assert_int_equal(es_ike_sa_dpd(sa, 0)->requests, 3);
}

/* --- IKEv1 --- */

static void a_phase_2_delete_is_told_by_its_length(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_establish_v1(&ike);
    scene_talk(scene, A1, B1, 1, 5, 1000);
    dialogue_quick_mode(&ike, A);
    scene_talk(scene, A2, B2, 1, 3, 1000);
    const struct wire delete =
        dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_INFORMATIONAL_V1, 0x77, INNER_V1_DELETE_CHILD);
    scene_ike(scene, A, &delete);
    assert_true(is_deleted(scene, 1));
    assert_false(is_deleted(scene, 2));
    assert_int_equal(es_ike_sa_dpd(scene_ike_sa(scene, 1), 0)->requests, 0);
}

static void phase_2_outlives_a_delete_of_the_isakmp_sa_before(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_v1_sha1, &suite_v1_md5};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        struct dialogue next = dialogue_of(&scene, A, 2, suites[i]);
        dialogue_establish_v1(&ike);
        scene_talk(&scene, A1, B1, 1, 5, 1000);
        dialogue_main_mode(&next);
        const struct wire delete =
            dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_INFORMATIONAL_V1, 0x77, INNER_V1_DELETE_IKE);
        scene_ike(&scene, A, &delete);
        assert_false(is_deleted(&scene, 1));
        scene_close(&scene);
    }
}

static void an_informational_while_quick_mode_waits_is_its_refusal(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_establish_v1(&ike);
    scene_pause(scene, 60);
    const struct wire quick = dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_QUICK, 0x88, INNER_V1_QUICK);
    const struct wire refusal =
        dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_INFORMATIONAL_V1, 0x89, INNER_V1_ERROR);
    scene_ike(scene, A, &quick);
    scene_ike(scene, B, &refusal);
    assert_false(is_deleted(scene, 1));
    assert_int_equal(scene_child_count(scene), 1);
}

static void a_fourth_message_of_quick_mode_makes_no_second_child(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_establish_v1(&ike);
    /* With the commit bit the responder has the last word: RFC 2408, 3.1. */
    const struct wire fourth =
        dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_QUICK, ike.next_id[A], INNER_V1_ERROR);
    scene_ike(scene, B, &fourth);
    assert_int_equal(scene_child_count(scene), 1);
    assert_true(scene_ike_sa(scene, 1)->exchanges->answered);
}

static void an_encrypted_error_in_phase_1_fails_the_isakmp_sa(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    for (unsigned number = 1; number <= 5; number++) {
        const struct wire wire = dialogue_main(&ike, number);
        scene_ike(scene, number % 2 ? A : B, &wire);
    }
    const struct wire refusal =
        dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_INFORMATIONAL_V1, 0x99, INNER_V1_ERROR);
    scene_ike(scene, B, &refusal);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_FAILED);
    assert_int_equal(scene_ike_sa(scene, 1)->error_side, 1);
}

static void quick_mode_shows_that_an_unseen_phase_1_came_up(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_quick_mode(&ike, B);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->state, ES_IKE_SA_ESTABLISHED);
    assert_false(sa->birth_seen);
    assert_false(es_ref_seen(&sa->established));
    assert_int_equal(scene_child_count(scene), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(message_lengths_are_those_of_the_suites),
        cmocka_unit_test(a_delete_after_a_rekey_ends_the_replaced_child_sa),
        scene_test(a_delete_that_is_not_answered_ends_nothing_yet),
        scene_test(a_dpd_after_a_rekey_is_no_delete_where_lengths_tell),
        scene_test(a_dpd_long_after_a_rekey_is_no_delete_in_cbc_either),
        scene_test(a_delete_without_a_rekey_ends_the_only_child_sa),
        scene_test(which_of_two_child_sas_is_deleted_cannot_be_told),
        scene_test(a_delete_of_the_ike_sa_ends_its_child_sas),
        cmocka_unit_test(child_sas_outlive_a_rekey_of_their_ike_sa),
        cmocka_unit_test(a_refused_authentication_fails_the_ike_sa),
        scene_test(a_refused_child_sa_leaves_the_ike_sa_up),
        scene_test(a_refused_create_child_sa_makes_none),
        scene_test(eap_makes_one_child_sa_at_its_end),
        scene_test(an_eap_request_as_short_as_an_error_is_none_when_rounds_follow),
        scene_test(short_informationals_of_an_unknown_suite_are_dpd),
        scene_test(a_phase_2_delete_is_told_by_its_length),
        cmocka_unit_test(phase_2_outlives_a_delete_of_the_isakmp_sa_before),
        scene_test(an_informational_while_quick_mode_waits_is_its_refusal),
        scene_test(a_fourth_message_of_quick_mode_makes_no_second_child),
        scene_test(an_encrypted_error_in_phase_1_fails_the_isakmp_sa),
        scene_test(quick_mode_shows_that_an_unseen_phase_1_came_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
