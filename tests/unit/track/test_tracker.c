/*
 * The tracker's entrance: what is counted where.
 */
#include "dialogue.h"
#include "unit.h"

static void every_frame_tells_the_time(void **state)
{
    struct scene *scene = *state;
    assert_false(scene_model(scene)->started);
    scene_last_until(scene, 5);
    scene_esp(scene, A, 0x1000, 1);
    scene_last_until(scene, 60);
    scene_last_until(scene, 59); /* a clock that was set back */
    const struct es_model *model = scene_model(scene);
    assert_true(model->started);
    assert_int_equal(model->first.number, 1);
    assert_int_equal(model->last.number, 3);
    assert_true(model->last.time - model->first.time == 55 * ES_SECOND);
}

static void a_first_fragment_waits_for_the_rest(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike_first_fragment(scene, A, &init);
    assert_int_equal(scene_model(scene)->ike_sa_count, 0);
    scene_ike(scene, A, &init);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_int_equal(scene_ike_sa(scene, 1)->messages[0], 1);
    assert_int_equal(es_tunnel_odd(scene_tunnel(scene, 1))->damage.tally.count, 0);
}

static void malformed_messages_are_damage_of_their_tunnel(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    struct wire bad = dialogue_request(&ike, B, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    wire_patch_u16(&bad, ES_IKE_HEADER_BYTES + 2, 2);
    scene_ike(scene, B, &bad);
    scene_ike(scene, B, &bad);
    const struct es_damage *damage = &es_tunnel_odd(scene_tunnel(scene, 1))->damage;
    assert_int_equal(damage->tally.count, 2);
    assert_int_equal(damage->tally.first.number, 5);
    assert_int_equal(damage->side, 1);
    assert_true(damage->offset >= ES_IKE_HEADER_BYTES);
    assert_non_null(damage->reason);
    assert_int_equal(scene_model(scene)->damage.tally.count, 0);
}

static void what_the_capture_cut_is_no_damage(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike_cut(scene, A, &init, 60);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_int_equal(es_tunnel_odd(scene_tunnel(scene, 1))->damage.tally.count, 0);
}

static void an_unknown_version_is_damage_and_no_ike_sa(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    struct wire odd = dialogue_init(&ike, 0);
    odd.bytes[17] = 0x70;
    scene_ike(scene, A, &odd);
    assert_int_equal(scene_model(scene)->ike_sa_count, 0);
    assert_int_equal(es_tunnel_odd(scene_tunnel(scene, 1))->damage.tally.count, 1);
    assert_int_equal(scene_tunnel(scene, 1)->peers[0].ike.count, 1);
}

static void garbage_belongs_to_no_tunnel(void **state)
{
    struct scene *scene = *state;
    scene_garbage(scene, A, "neither");
    scene_garbage(scene, B, "nor");
    assert_int_equal(scene_model(scene)->tunnel_count, 0);
    assert_int_equal(scene_model(scene)->damage.tally.count, 2);
    assert_string_equal(scene_model(scene)->damage.reason, "neither");
}

static void keepalives_count_for_who_sent_them(void **state)
{
    struct scene *scene = *state;
    scene_float(scene);
    scene_keepalive(scene, A);
    scene_keepalive(scene, A);
    scene_esp(scene, B, 0x1000, 1);
    const struct es_tunnel *tunnel = scene_tunnel(scene, 1);
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
    assert_int_equal(tunnel->peers[0].keepalives.count, 2);
    assert_int_equal(tunnel->peers[1].keepalives.count, 0);
    assert_int_equal(tunnel->last.number, 3);
}

static void an_icmp_error_is_about_the_quoted_senders_packets(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, A, &init);
    scene_icmp(scene, A, "203.0.113.254", 3, 3);
    const struct es_refusal *refusal = &scene_tunnel(scene, 1)->refusals[0];
    assert_int_equal(refusal->tally.count, 1);
    assert_int_equal(refusal->last.type, 3);
    assert_int_equal(scene_tunnel(scene, 1)->refusals[1].tally.count, 0);
    assert_int_equal(es_ref_seen(&scene_tunnel(scene, 1)->peers[1].ike.first), false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(every_frame_tells_the_time),
        scene_test(a_first_fragment_waits_for_the_rest),
        scene_test(malformed_messages_are_damage_of_their_tunnel),
        scene_test(what_the_capture_cut_is_no_damage),
        scene_test(an_unknown_version_is_damage_and_no_ike_sa),
        scene_test(garbage_belongs_to_no_tunnel),
        scene_test(keepalives_count_for_who_sent_them),
        scene_test(an_icmp_error_is_about_the_quoted_senders_packets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
