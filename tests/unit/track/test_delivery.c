/*
 * What of IKE gets through: copies after the answer, answers from elsewhere, pieces, ICMP.
 */
#include "dialogue.h"
#include "unit.h"

static void a_request_after_its_answer_is_told_from_a_copy(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &reply);
    scene_ike(scene, A, &init); /* within moments: the capture saw it twice */
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->exchanges->asked_again.count, 0);
    scene_pause(scene, 2);
    scene_ike(scene, A, &init);
    assert_int_equal(sa->exchanges->asked_again.count, 1);
    assert_int_equal(sa->exchanges->asked_again.first.number, 4);
    assert_int_equal(es_ike_sa_odd(sa)->late[A].count, 1);
    assert_int_equal(es_ike_sa_odd(sa)->resent[A], 1);
    assert_int_equal(sa->answered[A], 1);
}

static void requests_answered_late_are_counted_by_side(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    const struct wire request =
        dialogue_request(&ike, B, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    for (int i = 0; i < 3; i++) {
        scene_ike(scene, B, &request);
        scene_pause(scene, 2);
    }
    const struct wire reply = dialogue_reply(&ike, &request, INNER_EMPTY);
    scene_ike(scene, A, &reply);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->answered[A], 2);
    assert_int_equal(sa->answered[B], 1);
    assert_int_equal(es_ike_sa_odd(sa)->late[A].count, 0);
    assert_int_equal(es_ike_sa_odd(sa)->late[B].count, 1);
    assert_int_equal(es_ike_sa_odd(sa)->resent[B], 2);
    /* Two seconds since the last copy, not six since the first. */
    assert_int_equal(sa->slowest.us / 1000, 2001);
    assert_int_equal(sa->slowest.side, A);
    assert_int_equal(sa->slowest.exchange_type, ES_IKE_EXCHANGE_INFORMATIONAL);
}

static void an_answer_from_elsewhere_does_not_move_the_peer(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct scene_endpoint right = scene->peers[B];
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, A, &init);
    scene->peers[B].address = scene_address("198.51.100.77");
    scene_ike(scene, B, &reply);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
    assert_int_equal(es_ike_sa_odd(sa)->stray.tally.count, 1);
    assert_int_equal(es_ike_sa_odd(sa)->stray.side, B);
    assert_true(es_address_equal(&es_ike_sa_odd(sa)->stray.from.address, &scene->peers[B].address));
    assert_true(es_address_equal(&es_ike_sa_odd(sa)->stray.expected.address, &right.address));
    assert_true(es_address_equal(&sa->tunnel->peers[B].address, &right.address));
    /* The right one comes too: an address translation seen on both sides. */
    scene->peers[B] = right;
    scene_ike(scene, B, &reply);
    assert_int_equal(es_ike_sa_odd(sa)->stray.tally.count, 0);
}

static void ikev1_answers_from_elsewhere_are_seen_too(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    const struct wire first = dialogue_main(&ike, 1);
    const struct wire second = dialogue_main(&ike, 2);
    scene_ike(scene, A, &first);
    scene->peers[B].address = scene_address("198.51.100.77");
    scene_ike(scene, B, &second);
    assert_int_equal(es_ike_sa_odd(scene_ike_sa(scene, 1))->stray.tally.count, 1);
}

static void first_fragments_are_remembered_until_the_whole_comes(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    const struct wire request = dialogue_request(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH);
    scene_ike_first_fragment(scene, A, &request);
    scene_pause(scene, 1);
    scene_ike_first_fragment(scene, A, &request);
    const struct es_tunnel *tunnel = scene_tunnel(scene, 1);
    assert_int_equal(tunnel->partials->count, 1);
    const struct es_partial *p = &tunnel->partials->items[0];
    assert_int_equal(p->tally.count, 2);
    assert_int_equal(p->tally.first.number, 3);
    assert_int_equal(p->tally.last.number, 4);
    assert_int_equal(p->length, request.length);
    assert_int_equal(p->exchange_type, ES_IKE_EXCHANGE_IKE_AUTH);
    assert_int_equal(p->message_id, 1);
    assert_int_equal(p->side, A);
    assert_false(p->response);
    assert_int_equal(scene_ike_sa(scene, 1)->exchange_count, 1);
    scene_ike(scene, A, &request);
    assert_int_equal(tunnel->partials->count, 0);
    assert_int_equal(scene_ike_sa(scene, 1)->exchange_count, 2);
}

static void first_fragments_of_many_messages_are_bounded(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    for (int i = 0; i < 3 * ES_PARTIALS_KEPT; i++) {
        const struct wire request = dialogue_request(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH);
        scene_ike_first_fragment(scene, A, &request);
    }
    const struct es_partials *partials = scene_tunnel(scene, 1)->partials;
    assert_int_equal(partials->count, ES_PARTIALS_KEPT);
    assert_int_equal(partials->items[ES_PARTIALS_KEPT - 1].message_id, 3 * ES_PARTIALS_KEPT);
    assert_int_equal(partials->items[0].message_id, 2 * ES_PARTIALS_KEPT + 1);
}

static void the_missing_fragment_is_the_lowest(void **state)
{
    (void)state;
    assert_int_equal(es_piece_missing(&(struct es_pieces){0}), 0);
    assert_int_equal(es_piece_missing(&(struct es_pieces){.seen = 7, .total = 3}), 0);
    assert_int_equal(es_piece_missing(&(struct es_pieces){.seen = 5, .total = 3}), 2);
    assert_int_equal(es_piece_missing(&(struct es_pieces){.seen = 6, .total = 4}), 1);
    assert_int_equal(es_piece_missing(&(struct es_pieces){.seen = UINT64_MAX, .total = 65535}), 0);
}

static void ids_that_jump_leave_a_gap_until_it_is_filled(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    const struct es_request_ids *ids = scene_ike_sa(scene, 1)->request_ids;
    assert_int_equal(ids[A].count, 0);
    assert_int_equal(ids[A].next, 2);
    ike.next_id[A] = 3;
    dialogue_dpd(&ike, A);
    assert_int_equal(ids[A].count, 1);
    assert_int_equal(ids[A].first_missing, 2);
    ike.next_id[A] = 2;
    dialogue_dpd(&ike, A);
    assert_int_equal(ids[A].count, 0);
    assert_int_equal(ids[A].next, 4);
    /* The responder begins at 0 as well. */
    ike.next_id[B] = 1;
    dialogue_dpd(&ike, B);
    assert_int_equal(ids[B].count, 1);
    assert_int_equal(ids[B].first_missing, 0);
}

static void only_errors_that_say_lost_refuse_ike(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, A, &init);
    scene_icmp(scene, A, "203.0.113.254", 3, 4); /* too big */
    scene_icmp(scene, A, "203.0.113.254", 12, 0);
    const struct es_tunnel *tunnel = scene_tunnel(scene, 1);
    assert_int_equal(tunnel->ike_refusals[A].tally.count, 0);
    assert_int_equal(tunnel->refusals[A].tally.count, 2);
    scene_icmp(scene, A, "203.0.113.254", 3, 13);
    assert_int_equal(tunnel->ike_refusals[A].tally.count, 1);
    assert_int_equal(tunnel->ike_refusals[B].tally.count, 0);
    assert_int_equal(tunnel->ike_refusals[A].last.code, 13);
}

static void cookies_are_counted_by_what_they_answer(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct es_cookies *cookies = NULL;
    for (unsigned i = 0; i < 3; i++) {
        const struct wire init = dialogue_init(&ike, i ? 20 : 0);
        const struct wire cookie = dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                                         ES_IKE_NOTIFY_COOKIE, 20);
        scene_ike(scene, A, &init);
        scene_ike(scene, B, &cookie);
        scene_pause(scene, 1);
    }
    cookies = &es_ike_sa_odd(scene_ike_sa(scene, 1))->cookies;
    assert_int_equal(cookies->asked.count, 3);
    assert_int_equal(cookies->refused.count, 2);
    assert_int_equal(cookies->refused.first.number, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_request_after_its_answer_is_told_from_a_copy),
        scene_test(requests_answered_late_are_counted_by_side),
        scene_test(an_answer_from_elsewhere_does_not_move_the_peer),
        scene_test(ikev1_answers_from_elsewhere_are_seen_too),
        scene_test(first_fragments_are_remembered_until_the_whole_comes),
        scene_test(first_fragments_of_many_messages_are_bounded),
        scene_test(the_missing_fragment_is_the_lowest),
        scene_test(ids_that_jump_leave_a_gap_until_it_is_filled),
        scene_test(only_errors_that_say_lost_refuse_ike),
        scene_test(cookies_are_counted_by_what_they_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
