/*
 * Child SAs: which flows are a pair, and which negotiation made them.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, A2 = 0xaaaa0002, B2 = 0xbbbb0002 };

static void assert_pair(const struct es_child_sa *child, uint32_t spi_a, uint32_t spi_b)
{
    assert_non_null(child->flows[0]);
    assert_non_null(child->flows[1]);
    assert_int_equal(child->flows[0]->key.spi, spi_a);
    assert_int_equal(child->flows[1]->key.spi, spi_b);
    assert_ptr_equal(child->flows[0]->child, child);
    assert_ptr_equal(child->flows[1]->child, child);
}

static void flows_after_ike_auth_are_its_child_sa(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 3, 100);
    assert_int_equal(scene_child_count(scene), 1);
    const struct es_child_sa *child = scene_child(scene, 1);
    assert_pair(child, A1, B1);
    assert_ptr_equal(child->ike_sa, scene_ike_sa(scene, 1));
    assert_int_equal(child->created.ref.number, 4);
    assert_int_equal(child->created.provenance, ES_PROVENANCE_INFERRED);
    assert_string_equal(child->created.reason, "after IKE_AUTH");
    assert_int_equal(child->created.side, 0);
}

static void a_young_flow_joins_its_negotiation_any_time_later(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_at(scene, 3000); /* an idle tunnel, and then a ping */
    scene_talk(scene, A1, B1, 1, 3, 1000);
    assert_int_equal(scene_child_count(scene), 1);
    assert_pair(scene_child(scene, 1), A1, B1);
}

static void an_old_flow_was_not_born_in_a_negotiation_long_ago(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_at(scene, 100);
    scene_talk(scene, A1, B1, 500000, 3, 100);
    assert_int_equal(scene_child_count(scene), 2);
    assert_null(scene_child(scene, 1)->flows[0]);
    assert_pair(scene_child(scene, 2), A1, B1);
    assert_false(es_ref_seen(&scene_child(scene, 2)->created.ref));
}

static void an_old_flow_right_after_a_negotiation_is_its_child_sa(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_at(scene, 25); /* a burst of which the capture lost the beginning */
    scene_esp(scene, A, A1, 5000);
    assert_int_equal(scene_child_count(scene), 1);
}

static void an_answer_belongs_to_the_question_just_asked(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD, INNER_CHILD);
    scene_stream(scene, A, A1, 1, 2, 100);
    scene_at(scene, 1);
    scene_stream(scene, A, A2, 1, 1, 100);
    scene_stream(scene, B, B2, 1, 1, 100);
    scene_at(scene, 2);
    scene_stream(scene, A, A1, 3, 1, 100);
    scene_stream(scene, B, B1, 1, 1, 100);
    assert_int_equal(scene_child_count(scene), 2);
    assert_ptr_equal(scene_flow(scene, A2)->child, scene_flow(scene, B2)->child);
    assert_ptr_equal(scene_flow(scene, A1)->child, scene_flow(scene, B1)->child);
}

static void flows_seen_in_the_middle_pair_by_their_age(void **state)
{
    struct scene *scene = *state;
    scene_esp(scene, A, A1, 700000);
    scene_esp(scene, A, A2, 1); /* began just now */
    scene_esp(scene, B, B2, 1);
    scene_esp(scene, B, B1, 900000);
    assert_int_equal(scene_child_count(scene), 2);
    assert_pair(scene_child(scene, 1), A1, B1);
    assert_pair(scene_child(scene, 2), A2, B2);
    assert_null(scene_child(scene, 1)->ike_sa);
}

static void flows_far_apart_in_time_are_no_pair(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, A1, 700000, 3, 100);
    scene_at(scene, 60);
    scene_esp(scene, B, B1, 900000);
    assert_int_equal(scene_child_count(scene), 2);
}

static void flows_that_go_on_pair_with_what_comes_late(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, A1, 700000, 100, 1000);
    scene_esp(scene, B, B1, 900000);
    assert_int_equal(scene_child_count(scene), 1);
    assert_pair(scene_child(scene, 1), A1, B1);
}

static void a_third_flow_of_one_direction_opens_another_child_sa(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 3, 100);
    scene_esp(scene, A, A2, 1);
    assert_int_equal(scene_child_count(scene), 2);
    assert_pair(scene_child(scene, 1), A1, B1);
    assert_false(es_ref_seen(&scene_child(scene, 2)->created.ref));
}

static void a_rekey_replaces_the_child_sa_in_use(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    dialogue_rekey_child(&ike, B);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    assert_int_equal(scene_child_count(scene), 2);
    const struct es_child_sa *old = scene_child(scene, 1);
    const struct es_child_sa *new = scene_child(scene, 2);
    assert_ptr_equal(new->rekeys, old);
    assert_ptr_equal(old->rekeyed_by, new);
    assert_pair(old, A1, B1);
    assert_pair(new, A2, B2);
    assert_int_equal(new->created.side, 1);
    assert_string_equal(new->created.reason, "after CREATE_CHILD_SA");
}

static void the_same_story_after_quick_mode(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_establish_v1(&ike);
    scene_talk(scene, A1, B1, 1, 5, 1000);
    dialogue_quick_mode(&ike, A);
    scene_talk(scene, A2, B2, 1, 5, 1000);
    assert_int_equal(scene_child_count(scene), 2);
    assert_pair(scene_child(scene, 1), A1, B1);
    assert_pair(scene_child(scene, 2), A2, B2);
    assert_ptr_equal(scene_child(scene, 2)->rekeys, scene_child(scene, 1));
    assert_string_equal(scene_child(scene, 1)->created.reason, "after Quick Mode");
}

static void new_spis_do_not_join_a_deleted_child_sa(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_esp(scene, A, A1, 1);
    dialogue_delete_child(&ike, A);
    scene_esp(scene, B, B1, 1);
    assert_ptr_not_equal(scene_flow(scene, A1)->child, scene_flow(scene, B1)->child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(flows_after_ike_auth_are_its_child_sa),
        scene_test(a_young_flow_joins_its_negotiation_any_time_later),
        scene_test(an_old_flow_was_not_born_in_a_negotiation_long_ago),
        scene_test(an_old_flow_right_after_a_negotiation_is_its_child_sa),
        scene_test(an_answer_belongs_to_the_question_just_asked),
        scene_test(flows_seen_in_the_middle_pair_by_their_age),
        scene_test(flows_far_apart_in_time_are_no_pair),
        scene_test(flows_that_go_on_pair_with_what_comes_late),
        scene_test(a_third_flow_of_one_direction_opens_another_child_sa),
        scene_test(a_rekey_replaces_the_child_sa_in_use),
        scene_test(the_same_story_after_quick_mode),
        scene_test(new_spis_do_not_join_a_deleted_child_sa),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
