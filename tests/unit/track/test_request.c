/*
 * What became of requests for new SAs, and what they made.
 */
#include "opened.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, A2 = 0xaaaa0002, B2 = 0xbbbb0002 };
enum { REKEY_REQUEST = INNER_CHILD + 12 };

static struct dialogue working(struct scene *scene, const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, A, 1, suite);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 5, 1000);
    return ike;
}

static void requests_are_counted_by_their_fate(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    dialogue_rekey_child(&ike, A);
    dialogue_exchange(&ike, B, ES_IKE_EXCHANGE_CREATE_CHILD_SA, REKEY_REQUEST, INNER_NOTIFY);
    const uint64_t refused = scene->packets;
    dialogue_exchange(&ike, B, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD, INNER_NOTIFY);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, REKEY_REQUEST, 3, 2);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->requests[A].asked.count, 2);
    assert_int_equal(sa->requests[A].made.count, 1);
    assert_int_equal(sa->requests[A].refused.count, 0);
    assert_int_equal(sa->requests[B].asked.count, 2);
    assert_int_equal(sa->requests[B].refused.count, 2);
    assert_int_equal(sa->requests[B].row.count, 2);
    assert_int_equal(sa->requests[B].row.first.number, refused);
    assert_int_equal(sa->requests[B].request.number, refused - 1);
    /* The shorter of the two: headers, IV, payloads, pad length and tag. */
    assert_int_equal(sa->requests[B].least_length, 28 + 4 + 8 + INNER_CHILD + 1 + 16);
    assert_int_equal(es_ike_sa_odd(sa)->collisions.count, 0);
}

static void a_success_ends_a_row_of_refusals(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, REKEY_REQUEST, INNER_NOTIFY);
    dialogue_rekey_child(&ike, A);
    const struct es_requests *requests = &scene_ike_sa(scene, 1)->requests[A];
    assert_int_equal(requests->refused.count, 1);
    assert_int_equal(requests->row.count, 0);
}

static void an_informational_refuses_the_quick_mode_that_waits(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_main_mode(&ike);
    const struct wire first = dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_QUICK, 7, INNER_V1_QUICK);
    scene_ike(scene, A, &first);
    const struct wire error =
        dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_INFORMATIONAL_V1, 8, INNER_V1_ERROR);
    scene_ike(scene, B, &error);
    assert_int_equal(scene_ike_sa(scene, 1)->requests[A].row.count, 1);
    /* The next one has nothing to refuse. */
    const struct wire other =
        dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_INFORMATIONAL_V1, 9, INNER_V1_ERROR);
    scene_ike(scene, B, &other);
    assert_int_equal(scene_ike_sa(scene, 1)->requests[A].row.count, 1);
}

static void a_probe_while_quick_mode_waits_for_long_refuses_nothing(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_main_mode(&ike);
    const struct wire first = dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_QUICK, 7, INNER_V1_QUICK);
    scene_ike(scene, A, &first);
    scene_pause(scene, 10);
    dialogue_r_u_there(&ike, B, true);
    assert_int_equal(scene_ike_sa(scene, 1)->requests[A].row.count, 0);
    assert_int_equal(es_ike_sa_dpd(scene_ike_sa(scene, 1), B)->requests, 1);
}

static void what_a_refused_request_wanted_is_kept(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    const uint8_t exchange = ES_IKE_EXCHANGE_CREATE_CHILD_SA;
    opened_send(&ike, A,
                &(struct opened){
                    .exchange = exchange, .id = 2, .spi = 0xb1, .ke = true, .networks = {1, 2}
    });
    opened_send(&ike, B,
                &(struct opened){.exchange = exchange,
                                 .id = 2,
                                 .response = true,
                                 .notifies = {ES_IKE_NOTIFY_TS_UNACCEPTABLE}});
    opened_send(&ike, A, &(struct opened){.exchange = exchange, .id = 3, .spi = 0xb2});
    const struct es_requests *requests = &scene_ike_sa(scene, 1)->requests[A];
    assert_int_equal(requests->error, ES_IKE_NOTIFY_TS_UNACCEPTABLE);
    assert_int_equal(requests->error_row, 1);
    const struct es_wanted *refused = requests->refused_one;
    assert_non_null(refused);
    assert_true(refused->key_exchange);
    assert_false(refused->rekey);
    assert_int_equal(refused->transform_count, 2);
    assert_int_equal(refused->selector_count[A], 1);
    assert_int_equal(refused->selectors[B][0].start.bytes[13], 2);
    assert_false(requests->wanted->key_exchange); /* of the newest */
}

static void requests_that_cross_are_a_collision(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    const uint8_t exchange = ES_IKE_EXCHANGE_CREATE_CHILD_SA;
    const struct wire of_a = dialogue_request(&ike, A, exchange, REKEY_REQUEST);
    const struct wire of_b = dialogue_request(&ike, B, exchange, REKEY_REQUEST);
    scene_ike(scene, A, &of_a);
    scene_ike(scene, B, &of_b);
    assert_int_equal(es_ike_sa_odd(scene_ike_sa(scene, 1))->collisions.count, 1);
    assert_int_equal(es_ike_sa_odd(scene_ike_sa(scene, 1))->collisions.last.number, scene->packets);
}

/* --- what they made --- */

static void a_rekey_and_a_child_sa_beside_it_are_told_by_length(void **state)
{
    (void)state;
    static const struct {
        size_t request;
        enum es_tristate is_rekey;
    } cases[] = {
        {INNER_CHILD + 12, ES_YES    },
        {INNER_CHILD,      ES_NO     },
        {INNER_CHILD + 48, ES_UNKNOWN}, /* several proposals */
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = working(&scene, &suite_gcm);
        dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, cases[i].request, INNER_CHILD);
        assert_int_equal(scene_child(&scene, 2)->is_rekey, cases[i].is_rekey);
        assert_int_equal(scene_child(&scene, 2)->rekeys == NULL, cases[i].is_rekey == ES_NO);
        scene_close(&scene);
    }
}

/* CBC's blocks hide the difference; what the traffic does decides, and the next rekey knows. */
static void one_that_leaves_the_old_in_use_stands_beside_it(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_cbc);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, 128, 128);
    const struct es_child_sa *first = scene_child(scene, 1);
    assert_int_equal(scene_child(scene, 2)->is_rekey, ES_UNKNOWN);
    assert_ptr_equal(first->rekeyed_by, scene_child(scene, 2));
    assert_false(es_child_is_beside(first));
    for (uint32_t i = 0; i < 10; i++) {
        scene_talk(scene, A1, B1, 6 + i, 1, 500);
        scene_talk(scene, A2, B2, 1 + i, 1, 500);
    }
    assert_true(es_child_is_beside(first));
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, 128, 128);
    assert_ptr_equal(scene_child(scene, 3)->rekeys, first);
    assert_null(scene_child(scene, 2)->rekeys);
}

static void a_child_sa_knows_what_it_had_carried_when_it_was_replaced(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    dialogue_rekey_child(&ike, A);
    scene_talk(scene, A1, B1, 6, 3, 10);
    assert_int_equal(scene_child(scene, 1)->packets_at_rekey, 10);
    assert_int_equal(scene_child(scene, 1)->bytes_at_rekey, 10 * SCENE_ESP_BYTES);
}

/* Break before make: the INFORMATIONAL could be a probe as well, but its sender begins anew. */
static void an_ike_sa_that_is_begun_anew_was_deleted(void **state)
{
    (void)state;
    for (int probe = 0; probe < 2; probe++) {
        struct scene scene = scene_open();
        struct dialogue ike = working(&scene, &suite_cbc);
        dialogue_dpd(&ike, A);
        if (probe)
            scene_pause(&scene, 10);
        struct dialogue anew = dialogue_of(&scene, A, 2, &suite_cbc);
        dialogue_establish(&anew);
        assert_int_equal(scene_ike_sa(&scene, 1)->state,
                         probe ? ES_IKE_SA_ESTABLISHED : ES_IKE_SA_CLOSED);
        /* What is said in it later takes that back. */
        dialogue_dpd(&ike, B);
        assert_int_equal(scene_ike_sa(&scene, 1)->state, ES_IKE_SA_ESTABLISHED);
        scene_close(&scene);
    }
}

static void a_senders_padding_is_learnt_and_outlives_a_rekey(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm_modp);
    assert_int_equal(scene_ike_sa(scene, 1)->padding[A].alignment, 1);
    struct dialogue next = dialogue_rekey_ike(&ike, A, 2);
    dialogue_delete_ike(&ike, A);
    dialogue_dpd(&next, B);
    assert_int_equal(scene_ike_sa(scene, 2)->padding[A].alignment, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(requests_are_counted_by_their_fate),
        scene_test(a_success_ends_a_row_of_refusals),
        scene_test(an_informational_refuses_the_quick_mode_that_waits),
        scene_test(a_probe_while_quick_mode_waits_for_long_refuses_nothing),
        scene_test(what_a_refused_request_wanted_is_kept),
        scene_test(requests_that_cross_are_a_collision),
        scene_test(a_rekey_and_a_child_sa_beside_it_are_told_by_length),
        scene_test(one_that_leaves_the_old_in_use_stands_beside_it),
        scene_test(a_child_sa_knows_what_it_had_carried_when_it_was_replaced),
        scene_test(an_ike_sa_that_is_begun_anew_was_deleted),
        scene_test(a_senders_padding_is_learnt_and_outlives_a_rekey),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
