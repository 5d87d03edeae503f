/*
 * Tunnels: which packets are of one pair of peers.
 */
#include "dialogue.h"
#include "unit.h"

enum { SPI_A = 0xaaaa0001, SPI_B = 0xbbbb0001 };

static void both_directions_are_one_tunnel(void **state)
{
    struct scene *scene = *state;
    scene_esp(scene, B, SPI_B, 1);
    scene_esp(scene, A, SPI_A, 1);
    const struct es_tunnel *tunnel = scene_tunnel(scene, 1);
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
    /* The first peer is who sent the first packet. */
    assert_true(es_address_equal(&tunnel->peers[0].address, &scene->peers[B].address));
    assert_true(es_address_equal(&tunnel->peers[1].address, &scene->peers[A].address));
    assert_int_equal(tunnel->peers[0].esp.count, 1);
    assert_int_equal(tunnel->peers[1].esp.count, 1);
    assert_int_equal(es_tunnel_state(tunnel), ES_TUNNEL_UNKNOWN);
    assert_int_equal(es_tunnel_nat(tunnel), ES_UNKNOWN);
}

static void the_move_to_port_4500_stays_in_one_tunnel(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    dialogue_authenticate(&ike);
    scene_talk(scene, SPI_A, SPI_B, 1, 2, 100);
    const struct es_tunnel *tunnel = scene_tunnel(scene, 1);
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
    assert_int_equal(scene_model(scene)->ike_sa_count, 1);
    assert_int_equal(tunnel->peers[0].address_changes, 0);
    assert_int_equal(tunnel->peers[1].address_changes, 0);
    assert_int_equal(tunnel->peers[0].port, 4500);
    assert_int_equal(tunnel->peers[1].port, 4500);
    assert_true(tunnel->ike_natt_port);
    assert_true(tunnel->esp_udp);
    assert_false(tunnel->esp_raw);
    assert_int_equal(es_tunnel_state(tunnel), ES_TUNNEL_ESTABLISHED);
}

static void the_move_behind_a_nat_is_no_change_of_address(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    scene->peers[A].port = 1025; /* a NAT's mapping of port 500 */
    dialogue_agree(&ike);
    scene_float(scene);
    scene->peers[A].port = 1026; /* and of port 4500 */
    dialogue_authenticate(&ike);
    scene_talk(scene, SPI_A, SPI_B, 1, 2, 100);
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
    assert_int_equal(scene_tunnel(scene, 1)->peers[0].address_changes, 0);
    assert_int_equal(scene_tunnel(scene, 1)->peers[0].port, 1026);
    assert_int_equal(scene_flow(scene, SPI_B)->tunnel->number, 1);
}

static void a_new_mapping_of_the_nat_stays_in_one_tunnel(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    scene_float(scene);
    scene->peers[A].port = 1026;
    dialogue_establish(&ike);
    scene_talk(scene, SPI_A, SPI_B, 1, 2, 100);
    scene->peers[A] = (struct scene_endpoint){scene_address("203.0.113.77"), 2048};
    dialogue_dpd(&ike, A);
    scene_talk(scene, SPI_A, SPI_B, 3, 2, 100);
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
    assert_int_equal(scene_model(scene)->flow_count, 2);
    const struct es_peer *mover = &scene_tunnel(scene, 1)->peers[0];
    assert_int_equal(mover->address_changes, 1);
    assert_true(es_address_equal(&mover->address, &scene->peers[A].address));
    assert_int_equal(mover->port, 2048);
}

static void two_clients_behind_one_nat_are_two_tunnels(void **state)
{
    struct scene *scene = *state;
    struct dialogue first = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue second = dialogue_of(scene, A, 2, &suite_gcm);
    /* The first keeps its ports, the second gets others. */
    dialogue_agree(&first);
    scene->peers[A].port = 1025;
    dialogue_agree(&second);
    scene_float(scene);
    dialogue_authenticate(&first);
    scene->peers[A].port = 1026;
    dialogue_authenticate(&second);
    scene_talk(scene, SPI_A + 1, SPI_B + 1, 1, 3, 100);
    scene->peers[A].port = 4500;
    scene_talk(scene, SPI_A, SPI_B, 1, 2, 100);
    assert_int_equal(scene_model(scene)->tunnel_count, 2);
    assert_int_equal(scene_ike_sa(scene, 1)->tunnel->number, 1);
    assert_int_equal(scene_ike_sa(scene, 2)->tunnel->number, 2);
    assert_int_equal(scene_flow(scene, SPI_A)->tunnel->number, 1);
    assert_int_equal(scene_flow(scene, SPI_B)->tunnel->number, 1);
    assert_int_equal(scene_flow(scene, SPI_A + 1)->tunnel->number, 2);
    assert_int_equal(scene_flow(scene, SPI_B + 1)->tunnel->number, 2);
    assert_int_equal(scene_tunnel(scene, 1)->peers[0].port, 4500);
    assert_int_equal(scene_tunnel(scene, 2)->peers[0].port, 1026);
}

static void the_same_unusual_port_on_both_ends_is_no_nat(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    scene->peers[A].port = scene->peers[B].port = 14500;
    dialogue_establish(&ike);
    scene_talk(scene, SPI_A, SPI_B, 1, 2, 100); /* raw: without ports */
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
}

static void both_ends_on_one_address_are_one_tunnel(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    scene->peers[A] = (struct scene_endpoint){scene_address("127.0.0.1"), 4500};
    scene->peers[B] = (struct scene_endpoint){scene_address("127.0.0.1"), 14500};
    scene->encapsulated = true;
    dialogue_establish(&ike);
    scene_talk(scene, SPI_A, SPI_B, 1, 3, 100);
    dialogue_dpd(&ike, B);
    scene_keepalive(scene, B);
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
    assert_int_equal(scene_flow(scene, SPI_A)->side, 0);
    assert_int_equal(scene_flow(scene, SPI_B)->side, 1);
    assert_int_equal(scene_ike_sa(scene, 1)->messages[0], 3);
    assert_int_equal(scene_ike_sa(scene, 1)->messages[1], 3);
    assert_int_equal(scene_tunnel(scene, 1)->peers[1].keepalives.count, 1);
}

static void ports_that_are_both_unusual_name_the_same_tunnel_from_either_side(void **state)
{
    struct scene *scene = *state;
    scene->encapsulated = true;
    scene->peers[A].port = 20000;
    scene->peers[B].port = 30000;
    scene_talk(scene, SPI_A, SPI_B, 1, 2, 100);
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
}

static void addresses_of_both_families_are_kept_apart(void **state)
{
    struct scene *scene = *state;
    scene_esp(scene, A, SPI_A, 1);
    scene->peers[A].address = scene_address("2001:db8::1");
    scene->peers[B].address = scene_address("2001:db8::2");
    scene_esp(scene, A, SPI_A, 1);
    scene_esp(scene, B, SPI_B, 1);
    assert_int_equal(scene_model(scene)->tunnel_count, 2);
}

static void tunnels_beyond_the_limit_take_the_place_of_older_ones(void **state)
{
    (void)state;
    struct scene scene = scene_open_with(&(struct es_tracker_options){.max_tunnels = 2});
    static const char *const senders[] = {"192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.13",
                                          "192.0.2.14"};
    for (int turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < ES_COUNT(senders); i++) {
            scene.peers[A].address = scene_address(senders[i]);
            scene_keepalive(&scene, A);
        }
    }
    const struct es_model *model = scene_model(&scene);
    assert_in_range(model->tunnel_count, 1, 2);
    assert_int_equal(model->tunnel_count + model->forgotten.tunnels, 3 * 5);
    assert_int_equal(model->forgotten.proven, 0);
    assert_int_equal(model->dropped, 0);
    assert_non_null(scene_tunnel(&scene, 15));
    scene_close(&scene);
}

static void a_tunnel_is_as_up_as_its_best_ike_sa(void **state)
{
    struct scene *scene = *state;
    struct dialogue lost = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue ike = dialogue_of(scene, A, 2, &suite_gcm);
    const struct wire init = dialogue_init(&lost, 0);
    scene_ike(scene, A, &init);
    assert_int_equal(es_tunnel_state(scene_tunnel(scene, 1)), ES_TUNNEL_NEGOTIATING);
    dialogue_establish(&ike);
    assert_int_equal(es_tunnel_state(scene_tunnel(scene, 1)), ES_TUNNEL_ESTABLISHED);
    dialogue_delete_ike(&ike, A);
    assert_int_equal(es_tunnel_state(scene_tunnel(scene, 1)), ES_TUNNEL_CLOSED);
}

static void a_rekeyed_ike_sa_leaves_the_tunnel_up_before_its_successor_speaks(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm_modp);
    dialogue_establish(&ike);
    dialogue_rekey_ike(&ike, A, 2);
    dialogue_delete_ike(&ike, A);
    assert_int_equal(scene_ike_sa(scene, 1)->state, ES_IKE_SA_CLOSED);
    assert_null(scene_ike_sa(scene, 1)->rekeyed_to);
    assert_int_equal(es_tunnel_state(scene_tunnel(scene, 1)), ES_TUNNEL_ESTABLISHED);

    struct scene closed = scene_open();
    struct dialogue other = dialogue_of(&closed, A, 1, &suite_gcm_modp);
    dialogue_establish(&other);
    dialogue_delete_ike(&other, A);
    assert_int_equal(es_tunnel_state(scene_tunnel(&closed, 1)), ES_TUNNEL_CLOSED);
    scene_close(&closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(both_directions_are_one_tunnel),
        scene_test(the_move_to_port_4500_stays_in_one_tunnel),
        scene_test(the_move_behind_a_nat_is_no_change_of_address),
        scene_test(a_new_mapping_of_the_nat_stays_in_one_tunnel),
        scene_test(two_clients_behind_one_nat_are_two_tunnels),
        scene_test(the_same_unusual_port_on_both_ends_is_no_nat),
        scene_test(both_ends_on_one_address_are_one_tunnel),
        scene_test(ports_that_are_both_unusual_name_the_same_tunnel_from_either_side),
        scene_test(addresses_of_both_families_are_kept_apart),
        cmocka_unit_test(tunnels_beyond_the_limit_take_the_place_of_older_ones),
        scene_test(a_tunnel_is_as_up_as_its_best_ike_sa),
        scene_test(a_rekeyed_ike_sa_leaves_the_tunnel_up_before_its_successor_speaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
