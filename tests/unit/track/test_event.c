/*
 * Events: what is told as it happens, and in which order.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, A2 = 0xaaaa0002, B2 = 0xbbbb0002, HEARD_MAX = 32 };

struct listener {
    struct es_event heard[HEARD_MAX];
    size_t count;
};

static void hear(void *context, const struct es_event *event)
{
    struct listener *listener = context;
    assert_true(listener->count < HEARD_MAX);
    listener->heard[listener->count++] = *event;
}

static struct scene open_with(struct listener *listener)
{
    return scene_open_with(&(struct es_tracker_options){
        .seed = {1,    2       },
          .events = {hear, listener}
    });
}

static void assert_heard(const struct listener *listener, const enum es_event_kind *kinds,
                         size_t count)
{
    for (size_t i = 0; i < count && i < listener->count; i++)
        assert_string_equal(es_event_name(listener->heard[i].kind), es_event_name(kinds[i]));
    assert_int_equal(listener->count, count);
}

static void a_tunnels_life_is_told_in_order(void **state)
{
    (void)state;
    static const enum es_event_kind expected[] = {
        ES_EVENT_IKE_SA_ESTABLISHED, ES_EVENT_CHILD_CREATED, ES_EVENT_FLOW_STARTED,
        ES_EVENT_FLOW_STARTED,       ES_EVENT_CHILD_CREATED, ES_EVENT_CHILD_DELETED,
        ES_EVENT_FLOW_STARTED,       ES_EVENT_FLOW_STARTED,  ES_EVENT_IKE_SA_CLOSED,
        ES_EVENT_CHILD_DELETED,
    };
    struct listener listener = {0};
    struct scene scene = open_with(&listener);
    struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(&scene, A1, B1, 1, 5, 1000);
    dialogue_rekey_child(&ike, A);
    dialogue_delete_child(&ike, A);
    scene_talk(&scene, A2, B2, 1, 5, 1000);
    scene_pause(&scene, 60);
    dialogue_delete_ike(&ike, B);
    assert_heard(&listener, expected, ES_COUNT(expected));
    assert_int_equal(listener.heard[0].ref.number, 4);
    assert_ptr_equal(listener.heard[0].ike_sa, scene_ike_sa(&scene, 1));
    assert_ptr_equal(listener.heard[2].flow, scene_flow(&scene, A1));
    assert_ptr_equal(listener.heard[4].child->rekeys, scene_child(&scene, 1));
    assert_int_equal(listener.heard[5].child->number, 1);
    assert_int_equal(listener.heard[9].child->number, 2);
    scene_close(&scene);
}

static void a_refused_negotiation_is_told(void **state)
{
    (void)state;
    static const enum es_event_kind expected[] = {ES_EVENT_IKE_SA_FAILED};
    struct listener listener = {0};
    struct scene scene = open_with(&listener);
    struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_NOTIFY);
    assert_heard(&listener, expected, ES_COUNT(expected));
    assert_int_equal(listener.heard[0].side, 1);
    scene_close(&scene);
}

static void a_flow_that_goes_on_after_a_pause_is_told(void **state)
{
    (void)state;
    static const enum es_event_kind expected[] = {ES_EVENT_FLOW_STARTED, ES_EVENT_FLOW_RESUMED};
    struct listener listener = {0};
    struct scene scene = open_with(&listener);
    scene_stream(&scene, A, A1, 5000, 3, 1000);
    scene_at(&scene, 2 + ES_FLOW_PAUSE_S);
    scene_stream(&scene, A, A1, 5003, 3, 1000);
    assert_int_equal(listener.count, 1);
    scene_at(&scene, 100);
    scene_stream(&scene, A, A1, 5006, 3, 1000);
    assert_heard(&listener, expected, ES_COUNT(expected));
    assert_true(listener.heard[1].pause > ES_FLOW_PAUSE_S * ES_SECOND);
    assert_int_equal(listener.heard[1].ref.number, 7);
    scene_close(&scene);
}

static void a_moved_peer_is_told_and_a_float_is_not(void **state)
{
    (void)state;
    struct listener listener = {0};
    struct scene scene = open_with(&listener);
    struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(&scene);
    dialogue_authenticate(&ike);
    for (size_t i = 0; i < listener.count; i++)
        assert_int_not_equal(listener.heard[i].kind, ES_EVENT_PEER_MOVED);
    scene.peers[A] = (struct scene_endpoint){scene_address("203.0.113.77"), 2048};
    dialogue_dpd(&ike, A);
    const struct es_event *last = &listener.heard[listener.count - 1];
    assert_int_equal(last->kind, ES_EVENT_PEER_MOVED);
    assert_int_equal(last->side, 0);
    scene_close(&scene);
}

static void every_kind_has_a_name_and_a_title(void **state)
{
    (void)state;
    for (int kind = 0; kind <= ES_EVENT_PEER_MOVED; kind++) {
        assert_non_null(es_event_name((enum es_event_kind)kind));
        assert_non_null(es_event_title((enum es_event_kind)kind));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tunnels_life_is_told_in_order),
        cmocka_unit_test(a_refused_negotiation_is_told),
        cmocka_unit_test(a_flow_that_goes_on_after_a_pause_is_told),
        cmocka_unit_test(a_moved_peer_is_told_and_a_float_is_not),
        cmocka_unit_test(every_kind_has_a_name_and_a_title),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
