/*
 * Exchanges: what answers what, what is sent again, what the capture merely saw twice.
 */
#include "dialogue.h"
#include "unit.h"

static const struct es_exchange *exchange_of(const struct es_ike_sa *sa, uint8_t type)
{
    const struct es_exchange *e = sa->exchanges;
    while (e && e->exchange_type != type)
        e = e->older;
    assert_non_null(e);
    return e;
}

/* --- IKEv2 --- */

static void a_response_answers_the_request_of_its_message_id(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    const struct es_exchange *auth = exchange_of(sa, ES_IKE_EXCHANGE_IKE_AUTH);
    assert_int_equal(sa->exchange_count, 2);
    assert_true(auth->answered);
    assert_int_equal(auth->message_id, 1);
    assert_int_equal(auth->side, 0);
    assert_int_equal(auth->request.number, 3);
    assert_int_equal(auth->response.number, 4);
    assert_int_equal(auth->length, 28 + 4 + 8 + INNER_AUTH + 1 + 16);
    assert_int_equal(sa->messages[0], 2);
    assert_int_equal(sa->messages[1], 2);
}

static void both_sides_count_their_own_message_ids(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    ike.next_id[B] = 2; /* so that both ask with the same message ID */
    const struct wire from_a =
        dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    const struct wire from_b =
        dialogue_request(&ike, B, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    const struct wire to_a = dialogue_reply(&ike, &from_a, INNER_EMPTY);
    scene_ike(scene, A, &from_a);
    scene_ike(scene, B, &from_b);
    scene_ike(scene, B, &to_a);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->exchange_count, 4);
    assert_int_equal(sa->exchanges->side, 1);
    assert_false(sa->exchanges->answered);
    assert_int_equal(sa->exchanges->older->side, 0);
    assert_true(sa->exchanges->older->answered);
    assert_int_equal(sa->retransmissions, 0);
}

static void the_same_bytes_later_are_a_retransmission(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, A, &init);
    scene_at(scene, 0.051);
    scene_ike(scene, A, &init);
    scene_at(scene, 4);
    scene_ike(scene, A, &init);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->exchange_count, 1);
    assert_int_equal(sa->retransmissions, 2);
    assert_int_equal(sa->exchanges->retransmissions, 2);
    assert_int_equal(sa->exchanges->request.number, 1);
    assert_int_equal(sa->exchanges->last_request.number, 3);
}

static void the_same_bytes_at_once_are_a_copy_of_the_capture(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, A, &init);
    scene_at(scene, 0.050);
    scene_ike(scene, A, &init);
    assert_int_equal(scene_ike_sa(scene, 1)->retransmissions, 0);
    /* A capture on all interfaces has each retransmission twice too. */
    scene_at(scene, 4);
    scene_ike(scene, A, &init);
    scene_ike(scene, A, &init);
    assert_int_equal(scene_ike_sa(scene, 1)->retransmissions, 1);
    assert_int_equal(scene_ike_sa(scene, 1)->exchange_count, 1);
}

static void the_same_ip_packet_in_another_file_is_a_copy(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene->ip_id = 77;
    scene_ike(scene, A, &init);
    scene_at(scene, 0.3); /* the other end's clock is behind */
    scene->file = 1;
    scene_ike(scene, A, &init);
    assert_int_equal(scene_ike_sa(scene, 1)->retransmissions, 0);
    scene->ip_id = 78;
    scene_at(scene, 0.6);
    scene_ike(scene, A, &init);
    assert_int_equal(scene_ike_sa(scene, 1)->retransmissions, 1);
}

static void a_response_sent_again_is_counted_once_as_answer(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    const struct wire answer = dialogue_reply(&ike, &ask, INNER_EMPTY);
    scene_at(scene, 10);
    scene_ike(scene, A, &ask);
    scene_at(scene, 10.2);
    scene_ike(scene, B, &answer);
    scene_at(scene, 12);
    scene_ike(scene, A, &ask); /* the answer was lost behind the capture point */
    scene_at(scene, 12.2);
    scene_ike(scene, B, &answer);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->exchange_count, 3);
    assert_int_equal(sa->response_count, 3);
    assert_int_equal(sa->retransmissions, 1);
    assert_int_equal(sa->exchanges->repeated_responses, 1);
    assert_int_equal(es_ike_sa_dpd(sa, 0)->answered, 1);
}

static void response_times_have_a_median_and_a_maximum(void **state)
{
    struct scene *scene = *state;
    static const double spans[] = {0.030, 0.010, 0.500, 0.020, 0.040};
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    assert_int_equal(es_ike_sa_response_median(&(struct es_ike_sa){0}), 0);
    for (size_t i = 0; i < ES_COUNT(spans); i++) {
        const struct wire ask =
            dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
        const struct wire answer = dialogue_reply(&ike, &ask, INNER_EMPTY);
        scene_at(scene, 10.0 * (double)i);
        scene_ike(scene, A, &ask);
        scene_at(scene, 10.0 * (double)i + spans[i]);
        scene_ike(scene, B, &answer);
    }
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->response_count, 5);
    assert_int_equal(es_ike_sa_response_median(sa), 30000);
    assert_int_equal(sa->response_max_us, 500000);
}

static void a_late_answer_counts_from_the_first_request(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, A, &init);
    scene_at(scene, 4);
    scene_ike(scene, A, &init);
    scene_at(scene, 5);
    scene_ike(scene, B, &reply);
    assert_int_equal(scene_ike_sa(scene, 1)->response_max_us, 5000000);
}

static void a_response_without_its_request_has_no_response_time(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    const struct wire answer = dialogue_reply(&ike, &ask, INNER_EMPTY);
    scene_ike(scene, B, &answer);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->response_count, 0);
    assert_int_equal(sa->exchange_count, 1);
    assert_false(es_ref_seen(&sa->exchanges->request));
    assert_true(es_ref_seen(&sa->exchanges->response));
    /* B is the first in the tunnel, and A asked. */
    assert_int_equal(sa->exchanges->side, 1);
}

static void a_try_with_a_cookie_is_no_retransmission(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire cookie =
        dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0, ES_IKE_NOTIFY_COOKIE, 20);
    const struct wire again = dialogue_init(&ike, 20);
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &cookie);
    scene_pause(scene, 1);
    scene_ike(scene, A, &again);
    scene_ike(scene, B, &reply);
    dialogue_authenticate(&ike);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_int_equal(sa->retransmissions, 0);
    assert_int_equal(sa->exchange_count, 3);
    assert_int_equal(sa->state, ES_IKE_SA_ESTABLISHED);
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older)
        assert_true(e->answered);
}

static void fragments_of_a_request_are_one_exchange(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    struct wire request[3], response[2];
    dialogue_agree(&ike);
    for (uint16_t i = 0; i < 3; i++) {
        request[i] = dialogue_fragment(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, 1, false, i + 1, 3);
        scene_ike(scene, A, &request[i]);
    }
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->exchange_count, 2);
    assert_int_equal(sa->retransmissions, 0);
    assert_false(sa->exchanges->answered);
    scene_pause(scene, 1);
    for (uint16_t i = 0; i < 2; i++) {
        response[i] = dialogue_fragment(&ike, B, ES_IKE_EXCHANGE_IKE_AUTH, 1, true, i + 1, 2);
        scene_ike(scene, B, &response[i]);
    }
    assert_int_equal(sa->exchange_count, 2);
    assert_true(sa->exchanges->answered);
    assert_int_equal(sa->exchanges->repeated_responses, 0);
    assert_int_equal(sa->response_count, 2);
    assert_int_equal(sa->state, ES_IKE_SA_ESTABLISHED);
    assert_int_equal(scene_child_count(scene), 1);
}

static void fragments_sent_again_are_one_retransmission(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    struct wire request[3];
    dialogue_agree(&ike);
    for (uint16_t i = 0; i < 3; i++)
        request[i] = dialogue_fragment(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, 1, false, i + 1, 3);
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < 3; i++)
            scene_ike(scene, A, &request[i]);
        scene_pause(scene, 4);
    }
    assert_int_equal(scene_ike_sa(scene, 1)->exchange_count, 2);
    assert_int_equal(scene_ike_sa(scene, 1)->retransmissions, 2);
}

static void fragments_sent_again_after_the_answer_open_no_exchange(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    struct wire request[3];
    dialogue_agree(&ike);
    for (uint16_t i = 0; i < 3; i++) {
        request[i] = dialogue_fragment(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, 1, false, i + 1, 3);
        scene_ike(scene, A, &request[i]);
    }
    const struct wire response =
        dialogue_fragment(&ike, B, ES_IKE_EXCHANGE_IKE_AUTH, 1, true, 1, 1);
    scene_ike(scene, B, &response); /* lost behind the capture point */
    scene_pause(scene, 4);
    for (int i = 0; i < 3; i++)
        scene_ike(scene, A, &request[i]);
    scene_ike(scene, B, &response);
    assert_int_equal(scene_ike_sa(scene, 1)->exchange_count, 2);
    assert_int_equal(scene_ike_sa(scene, 1)->retransmissions, 1);
    assert_int_equal(scene_child_count(scene), 1);
}

static void only_so_many_exchanges_are_kept_but_all_are_counted(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    for (int i = 0; i < 100; i++) {
        scene_pause(scene, 10);
        dialogue_dpd(&ike, i % 3 ? A : B);
    }
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    int kept = 0;
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older)
        kept++;
    assert_int_equal(kept, ES_EXCHANGES_KEPT);
    assert_int_equal(sa->exchange_count, 102);
    assert_int_equal(sa->response_count, 102);
    assert_int_equal(es_ike_sa_dpd(sa, 0)->requests + es_ike_sa_dpd(sa, 1)->requests, 100);
}

/* --- IKEv1 --- */

static void main_mode_is_three_pairs(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_main_mode(&ike);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    const struct es_exchange *e = sa->exchanges;
    assert_int_equal(sa->exchange_count, 3);
    for (uint16_t ordinal = 5; e; e = e->older, ordinal -= 2) {
        assert_int_equal(e->messages, ordinal);
        assert_int_equal(e->side, 0);
        assert_true(e->answered);
        assert_int_equal(e->request.number, ordinal);
        assert_int_equal(e->response.number, ordinal + 1);
    }
    assert_int_equal(sa->response_count, 3);
    assert_int_equal(sa->mode, ES_IKE_EXCHANGE_IDENTITY_PROTECTION);
}

static void quick_mode_is_a_pair_and_a_last_word(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_main_mode(&ike);
    dialogue_quick_mode(&ike, A);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->exchange_count, 5);
    assert_int_equal(sa->exchanges->exchange_type, ES_IKE_EXCHANGE_QUICK);
    assert_int_equal(sa->exchanges->messages, 3);
    assert_false(sa->exchanges->answered);
    assert_int_equal(sa->exchanges->older->messages, 1);
    assert_true(sa->exchanges->older->answered);
    assert_int_equal(scene_child_count(scene), 1);
}

static void a_lost_message_of_main_mode_is_sent_again(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    const struct wire first = dialogue_main(&ike, 1);
    scene_ike(scene, A, &first);
    scene_at(scene, 4);
    scene_ike(scene, A, &first);
    const struct wire second = dialogue_main(&ike, 2);
    scene_ike(scene, B, &second);
    scene_at(scene, 6);
    scene_ike(scene, B, &second); /* the responder too sends again */
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_int_equal(sa->exchange_count, 1);
    assert_int_equal(sa->retransmissions, 1);
    assert_int_equal(sa->exchanges->repeated_responses, 1);
    assert_int_equal(sa->response_max_us, 4001000);
}

static void probes_pair_although_each_message_has_an_id_of_its_own(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_establish_v1(&ike);
    const uint64_t before = scene_ike_sa(scene, 1)->exchange_count;
    for (int i = 0; i < 4; i++) {
        scene_pause(scene, 3); /* within the time in which an older one could be answered */
        dialogue_r_u_there(&ike, A, true);
    }
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->exchange_count, before + 4);
    assert_int_equal(es_ike_sa_dpd(sa, 0)->requests, 4);
    assert_int_equal(es_ike_sa_dpd(sa, 0)->answered, 4);
    assert_int_equal(es_ike_sa_dpd(sa, 1)->requests, 0);
    assert_int_equal(sa->retransmissions, 0);
    assert_true(sa->exchanges->answered);
}

static void a_probe_long_after_another_is_not_its_answer(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_establish_v1(&ike);
    scene_pause(scene, 10);
    dialogue_r_u_there(&ike, A, false);
    scene_pause(scene, 15);
    dialogue_r_u_there(&ike, B, true);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(es_ike_sa_dpd(sa, 0)->requests, 1);
    assert_int_equal(es_ike_sa_dpd(sa, 0)->answered, 0);
    assert_int_equal(es_ike_sa_dpd(sa, 1)->requests, 1);
    assert_int_equal(es_ike_sa_dpd(sa, 1)->answered, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_response_answers_the_request_of_its_message_id),
        scene_test(both_sides_count_their_own_message_ids),
        scene_test(the_same_bytes_later_are_a_retransmission),
        scene_test(the_same_bytes_at_once_are_a_copy_of_the_capture),
        scene_test(the_same_ip_packet_in_another_file_is_a_copy),
        scene_test(a_response_sent_again_is_counted_once_as_answer),
        scene_test(response_times_have_a_median_and_a_maximum),
        scene_test(a_late_answer_counts_from_the_first_request),
        scene_test(a_response_without_its_request_has_no_response_time),
        scene_test(a_try_with_a_cookie_is_no_retransmission),
        scene_test(fragments_of_a_request_are_one_exchange),
        scene_test(fragments_sent_again_are_one_retransmission),
        scene_test(fragments_sent_again_after_the_answer_open_no_exchange),
        scene_test(only_so_many_exchanges_are_kept_but_all_are_counted),
        scene_test(main_mode_is_three_pairs),
        scene_test(quick_mode_is_a_pair_and_a_last_word),
        scene_test(a_lost_message_of_main_mode_is_sent_again),
        scene_test(probes_pair_although_each_message_has_an_id_of_its_own),
        scene_test(a_probe_long_after_another_is_not_its_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
