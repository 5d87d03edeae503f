/*
 * IKE SAs: births, learnt SPIs, successors, and what is seen in the middle only.
 */
#include "dialogue.h"
#include "unit.h"

static void the_first_message_is_its_birth(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, B, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, B, &init);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_true(sa->birth_seen);
    assert_int_equal(sa->state, ES_IKE_SA_NEGOTIATING);
    assert_true(sa->initiator_spi == ike.spi[0]);
    assert_true(sa->responder_spi == 0);
    assert_int_equal(sa->major, 2);
    assert_int_equal(sa->initiator, 0); /* B, who is first in the tunnel */
    assert_false(es_ref_seen(&sa->established));
    assert_int_equal(scene_tunnel(scene, 1)->ike_version, 2);
}

static void the_answer_tells_the_responders_spi(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_true(sa->responder_spi == ike.spi[1]);
    assert_int_equal(sa->state, ES_IKE_SA_NEGOTIATING);
    dialogue_authenticate(&ike);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_int_equal(sa->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(sa->established.number, 4);
    assert_int_equal(sa->first.number, 1);
    assert_int_equal(sa->last.number, 4);
}

static void two_initiators_with_one_spi_are_two(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene->peers[A].address = scene_address("192.0.2.99");
    struct dialogue other = dialogue_of(scene, A, 1, &suite_gcm);
    other.spi[1]++;
    dialogue_agree(&other);
    dialogue_authenticate(&other);
    assert_int_equal(scene_model(scene)->ike_sa_count, 2);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_NEGOTIATING);
    assert_int_equal(scene_ike_sa(scene, 2)->state, ES_IKE_SA_ESTABLISHED);
}

static void a_cookie_comes_without_the_responders_spi(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire cookie =
        dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0, ES_IKE_NOTIFY_COOKIE, 20);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &cookie);
    assert_true(scene_ike_sa(scene, 1)->responder_spi == 0);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_NEGOTIATING);
    const struct wire again = dialogue_init(&ike, 20);
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, A, &again);
    scene_ike(scene, B, &reply);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_true(scene_ike_sa(scene, 1)->responder_spi == ike.spi[1]);
}

/* The answer should have no responder SPI then, but one that has is to be taken: RFC 7296, 2.6. */
static void another_group_is_asked_for_with(struct scene *scene, uint64_t responder_spi)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ike.offer.ke = ES_IKE_KE_METHOD_MODP_2048;
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire refusal = dialogue_clear_notify(
        &ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, responder_spi, ES_IKE_NOTIFY_INVALID_KE_PAYLOAD, 2);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &refusal);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_NEGOTIATING);
    ike.offer.ke = ES_IKE_KE_METHOD_CURVE25519;
    dialogue_establish(&ike);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_true(sa->responder_spi == ike.spi[1]);
    assert_int_equal(sa->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(sa->error, 0);
    assert_int_equal(sa->retransmissions, 0);
    assert_int_equal(sa->suite.ke, ES_IKE_KE_METHOD_CURVE25519);
    dialogue_dpd(&ike, B);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
}

static void another_try_with_the_group_asked_for_is_the_same_sa(void **state)
{
    another_group_is_asked_for_with(*state, 0);
}

static void the_last_answer_tells_the_responders_spi(void **state)
{
    another_group_is_asked_for_with(*state, 0x9999);
}

static void an_sa_seen_in_the_middle_is_unknown_until_it_answers(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ike.next_id[B] = 7;
    const struct wire ask = dialogue_request(&ike, B, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    scene_ike(scene, B, &ask);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_false(sa->birth_seen);
    assert_int_equal(sa->state, ES_IKE_SA_UNKNOWN);
    assert_int_equal(sa->initiator, 1); /* A; B is first in the tunnel */
    const struct wire answer = dialogue_reply(&ike, &ask, INNER_EMPTY);
    scene_ike(scene, A, &answer);
    assert_int_equal(sa->state, ES_IKE_SA_ESTABLISHED);
    assert_false(es_ref_seen(&sa->established)); /* when, the capture does not show */
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_int_equal(sa->messages[0], 1);
    assert_int_equal(sa->messages[1], 1);
}

static void an_sa_in_the_middle_takes_the_children_that_were_there(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    scene_talk(scene, 0xaaaa0001, 0xbbbb0001, 5000, 3, 100);
    assert_null(scene_child(scene, 1)->ike_sa);
    dialogue_dpd(&ike, A);
    assert_ptr_equal(scene_child(scene, 1)->ike_sa, scene_ike_sa(scene, 1));
}

static void the_successor_of_a_rekey_is_linked_and_knows_the_suite(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm_modp);
    dialogue_establish(&ike);
    scene_at(scene, 100);
    struct dialogue next = dialogue_rekey_ike(&ike, B, 2);
    dialogue_delete_ike(&ike, B);
    scene_at(scene, 110);
    dialogue_dpd(&next, A);
    const struct es_ike_sa *old = scene_ike_sa(scene, 1);
    const struct es_ike_sa *new = scene_ike_sa(scene, 2);
    assert_int_equal(scene_model(scene)->ike_sa_count, 2);
    assert_ptr_equal(old->rekeyed_to, new);
    assert_ptr_equal(new->rekeys, old);
    assert_true(new->inferred);
    assert_false(new->birth_seen);
    assert_int_equal(old->state, ES_IKE_SA_CLOSED);
    assert_int_equal(new->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(new->suite.encr, ES_IKE_ENCR_AES_GCM_16);
    assert_int_equal(new->initiator, 1); /* B began the rekey */
    assert_int_equal(es_ike_sa_dpd(new, 0)->requests, 1);
    assert_int_equal(es_ike_sa_dpd(new, 0)->answered, 1);
    assert_false(es_ike_sa_dpd(new, 0)->ambiguous);
    assert_int_equal(es_tunnel_state(scene_tunnel(scene, 1)), ES_TUNNEL_ESTABLISHED);
    assert_int_equal(scene_child_count(scene), 1);
    assert_false(es_ref_seen(&scene_child(scene, 1)->deleted.ref));
}

static void an_sa_without_a_rekey_before_it_has_no_predecessor(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm_modp);
    struct dialogue other = dialogue_of(scene, A, 2, &suite_gcm_modp);
    dialogue_establish(&ike);
    dialogue_rekey_child(&ike, A);
    dialogue_dpd(&other, A); /* of a negotiation before the capture began */
    assert_null(scene_ike_sa(scene, 2)->rekeys);
    assert_null(scene_ike_sa(scene, 1)->rekeyed_to);
    assert_false(scene_ike_sa(scene, 2)->inferred);
    assert_int_equal(scene_child_count(scene), 2);
}

static void a_successor_may_be_silent_for_long(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_gcm_modp, &suite_cbc};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        dialogue_establish(&ike);
        struct dialogue next = dialogue_rekey_ike(&ike, A, 2);
        dialogue_delete_ike(&ike, A);
        scene_talk(&scene, 0xaaaa0001, 0xbbbb0001, 1, 600, 1000); /* no need to ask */
        dialogue_dpd(&next, A);
        assert_ptr_equal(scene_ike_sa(&scene, 2)->rekeys, scene_ike_sa(&scene, 1));
        assert_int_equal(scene_ike_sa(&scene, 2)->suite.encr, suites[i]->encr);
        scene_close(&scene);
    }
}

static void an_ike_sa_that_was_closed_without_a_rekey_has_no_successor(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm_modp);
    struct dialogue other = dialogue_of(scene, A, 2, &suite_gcm_modp);
    dialogue_establish(&ike);
    dialogue_rekey_child(&ike, A);
    dialogue_delete_ike(&ike, A);
    scene_at(scene, 600);
    dialogue_dpd(&other, A);
    assert_null(scene_ike_sa(scene, 2)->rekeys);
}

static void an_answer_to_a_rekey_long_ago_has_no_successor_now(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm_modp);
    dialogue_establish(&ike);
    struct dialogue next = dialogue_rekey_ike(&ike, A, 2);
    scene_at(scene, 3600);
    dialogue_dpd(&next, A);
    assert_null(scene_ike_sa(scene, 2)->rekeys);
}

static void one_captured_side_shows_that_the_sa_came_up(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    scene->hidden[B] = true;
    dialogue_establish(&ike);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_true(sa->responder_spi == ike.spi[1]);
    assert_int_equal(sa->state, ES_IKE_SA_NEGOTIATING);
    scene_at(scene, 30);
    dialogue_dpd(&ike, A);
    assert_int_equal(sa->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(sa->messages[0], 3);
    assert_int_equal(sa->messages[1], 0);
}

static void the_other_captured_side_alone_is_one_sa_too(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    scene->hidden[A] = true;
    dialogue_establish(&ike);
    dialogue_dpd(&ike, A);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_int_equal(sa->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(sa->initiator, 1); /* A, who is not seen */
    assert_int_equal(sa->messages[0], 3);
    assert_int_equal(sa->messages[1], 0);
}

static void a_new_negotiation_may_use_an_old_spi(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_delete_ike(&ike, A);
    scene_at(scene, 600);
    struct dialogue again = dialogue_of(scene, A, 1, &suite_cbc);
    again.salt = 100;
    again.spi[1] += 5;
    dialogue_establish(&again);
    assert_int_equal(scene_model(scene)->ike_sa_count, 2);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_CLOSED);
    assert_int_equal(scene_ike_sa(scene, 2)->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(scene_ike_sa(scene, 2)->suite.encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(scene_ike_sa(scene, 1)->exchange_count, 3);
}

static void a_first_message_repeated_later_is_no_new_negotiation(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &reply);
    dialogue_authenticate(&ike);
    scene_at(scene, 2);
    scene_ike(scene, A, &init); /* an old packet that went astray */
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_ESTABLISHED);
}

static void both_peers_may_begin_at_once(void **state)
{
    struct scene *scene = *state;
    struct dialogue from_a = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue from_b = dialogue_of(scene, B, 2, &suite_gcm);
    const struct wire init_a = dialogue_init(&from_a, 0);
    const struct wire init_b = dialogue_init(&from_b, 0);
    const struct wire reply_b = dialogue_init_reply(&from_a);
    const struct wire reply_a = dialogue_init_reply(&from_b);
    scene_ike(scene, A, &init_a);
    scene_ike(scene, B, &init_b);
    scene_ike(scene, B, &reply_b);
    scene_ike(scene, A, &reply_a);
    dialogue_authenticate(&from_a);
    dialogue_authenticate(&from_b);
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
    assert_int_equal(scene_model(scene)->ike_sa_count, 2);
    assert_int_equal(scene_ike_sa(scene, 1)->initiator, 0);
    assert_int_equal(scene_ike_sa(scene, 2)->initiator, 1);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(scene_ike_sa(scene, 2)->state, ES_IKE_SA_ESTABLISHED);
}

static void an_isakmp_sa_lives_from_main_mode_on(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    for (unsigned number = 1; number <= 5; number++) {
        const struct wire wire = dialogue_main(&ike, number);
        scene_ike(scene, number % 2 ? A : B, &wire);
        assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_NEGOTIATING);
    }
    const struct wire sixth = dialogue_main(&ike, 6);
    scene_ike(scene, B, &sixth);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_true(sa->birth_seen);
    assert_int_equal(sa->major, 1);
    assert_int_equal(sa->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(sa->established.number, 6);
    assert_true(sa->responder_spi == ike.spi[1]);
    assert_int_equal(sa->messages[0], 3);
    assert_int_equal(sa->messages[1], 3);
}

static void ike_sas_beyond_the_limit_take_the_place_of_older_ones(void **state)
{
    (void)state;
    struct scene scene = scene_open_with(&(struct es_tracker_options){
        .seed = {1, 2},
          .max_ike_sas = 2
    });
    for (uint8_t number = 1; number <= 5; number++) {
        struct dialogue ike = dialogue_of(&scene, A, number, &suite_gcm);
        const struct wire init = dialogue_init(&ike, 0);
        scene_ike(&scene, A, &init);
    }
    const struct es_model *model = scene_model(&scene);
    assert_in_range(model->ike_sa_count, 1, 2);
    assert_int_equal(model->ike_sa_count + model->forgotten.ike_sas, 5);
    assert_int_equal(model->dropped, 0);
    assert_non_null(scene_ike_sa(&scene, 5));
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(the_first_message_is_its_birth),
        scene_test(the_answer_tells_the_responders_spi),
        scene_test(two_initiators_with_one_spi_are_two),
        scene_test(a_cookie_comes_without_the_responders_spi),
        scene_test(another_try_with_the_group_asked_for_is_the_same_sa),
        scene_test(the_last_answer_tells_the_responders_spi),
        scene_test(an_sa_seen_in_the_middle_is_unknown_until_it_answers),
        scene_test(an_sa_in_the_middle_takes_the_children_that_were_there),
        scene_test(the_successor_of_a_rekey_is_linked_and_knows_the_suite),
        scene_test(an_sa_without_a_rekey_before_it_has_no_predecessor),
        cmocka_unit_test(a_successor_may_be_silent_for_long),
        scene_test(an_ike_sa_that_was_closed_without_a_rekey_has_no_successor),
        scene_test(an_answer_to_a_rekey_long_ago_has_no_successor_now),
        scene_test(one_captured_side_shows_that_the_sa_came_up),
        scene_test(the_other_captured_side_alone_is_one_sa_too),
        scene_test(a_new_negotiation_may_use_an_old_spi),
        scene_test(a_first_message_repeated_later_is_no_new_negotiation),
        scene_test(both_peers_may_begin_at_once),
        scene_test(an_isakmp_sa_lives_from_main_mode_on),
        cmocka_unit_test(ike_sas_beyond_the_limit_take_the_place_of_older_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
