/*
 * Where a peer's packets come from, and where the other one sends when that changes.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

static struct dialogue come_up(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    scene->peers[A].port = 40001;
    dialogue_authenticate(&ike);
    scene_talk(scene, A1, B1, 1, 3, 1000);
    return ike;
}

static const struct es_move *move_of(const struct scene *scene, uint8_t side)
{
    return scene_tunnel(scene, 1)->peers[side].move;
}

static void a_new_port_is_a_move(void **state)
{
    struct scene *scene = *state;
    come_up(scene);
    assert_null(move_of(scene, A));
    scene->peers[A].port = 40002;
    scene_talk(scene, A1, B1, 4, 3, 1000);
    const struct es_move *move = move_of(scene, A);
    assert_non_null(move);
    assert_int_equal(move->from.port, 40001);
    assert_int_equal(move->to.port, 40002);
    assert_int_equal(move->changes, 1);
    assert_int_equal(move->ref.number, 11);
    assert_int_equal(move->before.number, 9);
    assert_int_equal(move->new_esp.count, 3);
    assert_int_equal(move->old_esp.count, 0);
    assert_null(move_of(scene, B));
}

static void what_goes_to_the_old_port_is_counted_apart(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene);
    scene->peers[A].port = 40002;
    dialogue_dpd(&ike, A);
    scene->peers[A].port = 40001;
    scene_stream(scene, B, B1, 4, 5, 1000);
    const struct es_move *move = move_of(scene, A);
    assert_int_equal(move->new_ike.count, 1);
    assert_int_equal(move->old_ike.count, 0);
    assert_int_equal(move->old_esp.count, 5);
    assert_int_equal(move->new_esp.count, 0);
}

static void to_and_fro_at_once_is_counted_as_returns(void **state)
{
    struct scene *scene = *state;
    come_up(scene);
    for (uint32_t i = 0; i < 6; i++) {
        scene->peers[A].port = i % 2 ? 40001 : 40002;
        scene_esp(scene, A, A1, 4 + i);
    }
    assert_int_equal(move_of(scene, A)->changes, 6);
    assert_int_equal(move_of(scene, A)->returns, 5);
}

static void raw_packets_have_no_port_to_change(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 3, 1000);
    scene->peers[A].port = 1027;
    dialogue_dpd(&ike, A);
    assert_null(move_of(scene, A));
}

static void a_new_address_is_a_move_without_ports_too(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene->peers[A].address = scene_address("203.0.113.9");
    dialogue_dpd(&ike, A);
    const struct es_move *move = move_of(scene, A);
    assert_non_null(move);
    assert_true(es_address_equal(&move->to.address, &scene->peers[A].address));
    assert_int_equal(move->new_ike.count, 1);
}

/* --- silences --- */

static void the_longest_silence_of_a_side_is_kept(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene);
    scene_at(scene, 40);
    const uint64_t last_of_a = scene->packets - 1;
    dialogue_dpd(&ike, B);
    scene_at(scene, 60);
    scene_talk(scene, A1, B1, 4, 3, 1000);
    const struct es_tunnel *tunnel = scene_tunnel(scene, 1);
    assert_int_equal(tunnel->peers[A].silence.from.number, last_of_a);
    assert_int_equal(tunnel->peers[A].silence.to.number, last_of_a + 3);
    assert_int_equal(tunnel->idle.from.number, last_of_a + 1);
    assert_int_equal(tunnel->idle.to.number, last_of_a + 2);
}

static void keepalives_end_a_silence_but_not_idleness(void **state)
{
    struct scene *scene = *state;
    come_up(scene);
    const uint64_t last = scene->packets;
    for (int i = 0; i < 4; i++) {
        scene_pause(scene, 20);
        scene_keepalive(scene, A);
    }
    scene_esp(scene, A, A1, 4);
    const struct es_tunnel *tunnel = scene_tunnel(scene, 1);
    const struct es_silence *silence = &tunnel->peers[A].silence;
    assert_true(silence->to.time - silence->from.time < 25 * ES_SECOND);
    assert_int_equal(tunnel->idle.from.number, last);
    assert_int_equal(tunnel->idle.to.number, last + 5);
    assert_int_equal(tunnel->peers[A].quiet_keepalives.count, 4);
}

static void what_is_sent_to_a_quiet_peer_is_an_outage(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = come_up(scene);
    scene_at(scene, 40);
    dialogue_ask_in_vain(&ike, B, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 3, 4);
    const uint64_t last = scene->packets;
    scene_esp(scene, A, A1, 4);
    const struct es_outage *outage = scene_tunnel(scene, 1)->peers[A].outage;
    assert_non_null(outage);
    assert_int_equal(outage->packets, 3);
    assert_int_equal(outage->ike, 3);
    assert_int_equal(outage->first.number, last - 2);
    assert_int_equal(outage->last.number, last);
    assert_int_equal(outage->ended.number, last + 1);
    assert_int_equal(outage->quiet_since.number, last - 4);
    assert_false(outage->moved);
}

static void a_conversation_has_no_outage(void **state)
{
    struct scene *scene = *state;
    come_up(scene);
    scene_at(scene, 40);
    scene_talk(scene, A1, B1, 4, 60, 1000);
    assert_null(scene_tunnel(scene, 1)->peers[A].outage);
    assert_null(scene_tunnel(scene, 1)->peers[B].outage);
}

/* --- what is neither --- */

static void bad_packets_on_the_natt_port_are_their_tunnels(void **state)
{
    struct scene *scene = *state;
    scene_float(scene);
    scene_bad_natt(scene, A, 5, 60);
    assert_int_equal(scene_model(scene)->tunnel_count, 0);
    assert_int_equal(scene_model(scene)->bad_natt.tally.count, 1);
    scene_talk(scene, A1, B1, 1, 1, 1000);
    scene_bad_natt(scene, B, 300, 6);
    const struct es_damage *damage = &es_tunnel_odd(scene_tunnel(scene, 1))->bad_natt;
    assert_int_equal(damage->tally.count, 1);
    assert_int_equal(damage->side, B);
    assert_string_equal(damage->reason, "too short for ESP");
    assert_int_equal(scene_model(scene)->damage.tally.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_new_port_is_a_move),
        scene_test(what_goes_to_the_old_port_is_counted_apart),
        scene_test(to_and_fro_at_once_is_counted_as_returns),
        scene_test(raw_packets_have_no_port_to_change),
        scene_test(a_new_address_is_a_move_without_ports_too),
        scene_test(the_longest_silence_of_a_side_is_kept),
        scene_test(keepalives_end_a_silence_but_not_idleness),
        scene_test(what_is_sent_to_a_quiet_peer_is_an_outage),
        scene_test(a_conversation_has_no_outage),
        scene_test(bad_packets_on_the_natt_port_are_their_tunnels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
