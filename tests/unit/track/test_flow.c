/*
 * Flows: one SPI in one direction.
 */
#include "dialogue.h"
#include "unit.h"

enum { SPI_A = 0xaaaa0001, SPI_B = 0xbbbb0001 };

static void a_flow_counts_its_packets_and_bytes(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI_A, 1, 3, 1000);
    scene->esp_bytes = 200;
    scene_stream(scene, A, SPI_A, 4, 2, 1000);
    const struct es_flow *flow = scene_flow(scene, SPI_A);
    assert_int_equal(flow->number, 1);
    assert_int_equal(flow->packets, 5);
    assert_int_equal(flow->bytes, 3 * SCENE_ESP_BYTES + 2 * 200);
    assert_int_equal(flow->equal_lengths, 3);
    assert_int_equal(flow->first.number, 1);
    assert_int_equal(flow->last.number, 5);
    assert_true(flow->last.time - flow->first.time == 4 * ES_SECOND);
    assert_int_equal(flow->side, 0);
    assert_int_equal(flow->sequence.first, 1);
    assert_int_equal(flow->sequence.highest, 5);
    assert_int_equal(flow->timeline.counts[0], 1);
    assert_int_equal(flow->timeline.counts[4], 1);
    assert_int_equal(flow->encapsulation, ES_ENCAPSULATION_RAW);
    assert_int_equal(flow->key.protocol, 50);
    assert_true(es_address_equal(&flow->key.destination, &scene->peers[B].address));
    assert_true(es_address_equal(&flow->source, &scene->peers[A].address));
    assert_non_null(flow->child);
    assert_ptr_equal(flow->child->flows[flow->side], flow);
}

static void the_same_spi_to_two_destinations_is_two_flows(void **state)
{
    struct scene *scene = *state;
    scene_esp(scene, A, SPI_A, 1);
    scene_esp(scene, B, SPI_A, 7);
    scene_esp(scene, A, SPI_A, 2);
    scene->peers[B].address = scene_address("198.51.100.3");
    scene_esp(scene, A, SPI_A, 1);
    const struct es_model *model = scene_model(scene);
    assert_int_equal(model->flow_count, 3);
    assert_int_equal(model->flows->packets, 2);
    assert_int_equal(model->flows->next->packets, 1);
    assert_int_equal(model->flows->next->sequence.first, 7);
    assert_int_equal(model->flows->next->next->packets, 1);
    assert_int_equal(model->tunnel_count, 2);
}

static void the_same_spi_of_esp_and_ah_is_two_flows(void **state)
{
    struct scene *scene = *state;
    for (uint32_t sequence = 1; sequence <= 5; sequence++) {
        scene_esp(scene, A, SPI_A, sequence);
        scene_ah(scene, A, SPI_A, sequence);
        scene_ah(scene, A, SPI_A, sequence + 100);
    }
    const struct es_model *model = scene_model(scene);
    assert_int_equal(model->tunnel_count, 1);
    assert_int_equal(model->flow_count, 2);
    assert_int_equal(model->flows->key.protocol, 50);
    assert_int_equal(model->flows->packets, 5);
    assert_int_equal(model->flows->next->key.protocol, 51);
    assert_int_equal(model->flows->next->packets, 10);
}

static void alternating_flows_are_not_mixed_up(void **state)
{
    struct scene *scene = *state;
    /* One, two, three and four flows in turn: more than what is remembered of the last packets. */
    for (uint32_t width = 1; width <= 4; width++) {
        for (uint32_t sequence = 1; sequence <= 50; sequence++) {
            for (uint32_t i = 0; i < width; i++) {
                scene_esp(scene, A, (width << 24) + i, sequence);
                scene_esp(scene, B, (width << 24) + i, sequence);
            }
        }
    }
    const struct es_model *model = scene_model(scene);
    assert_int_equal(model->flow_count, 2 * (1 + 2 + 3 + 4));
    for (const struct es_flow *flow = model->flows; flow; flow = flow->next) {
        assert_int_equal(flow->packets, 50);
        assert_int_equal(flow->sequence.highest, 50);
        assert_int_equal(es_sequence_lost(&flow->sequence), 0);
        assert_int_equal(es_sequence_disorder(&flow->sequence)->duplicates +
                             es_sequence_disorder(&flow->sequence)->reordered,
                         0);
    }
}

static void a_changed_source_port_stays_one_flow(void **state)
{
    struct scene *scene = *state;
    scene_float(scene);
    scene->peers[A].port = 20001;
    scene_talk(scene, SPI_A, SPI_B, 1, 3, 100);
    scene->peers[A].port = 30002; /* the NAT maps anew */
    scene_talk(scene, SPI_A, SPI_B, 4, 3, 100);
    const struct es_model *model = scene_model(scene);
    assert_int_equal(model->flow_count, 2);
    assert_int_equal(model->tunnel_count, 1);
    const struct es_flow *flow = scene_flow(scene, SPI_A);
    assert_int_equal(flow->packets, 6);
    assert_int_equal(flow->source_port, 30002);
    assert_int_equal(flow->tunnel->peers[flow->side].address_changes, 1);
    assert_int_equal(flow->tunnel->peers[flow->side].port, 30002);
    assert_int_equal(scene_flow(scene, SPI_B)->packets, 6);
    assert_int_equal(scene_flow(scene, SPI_B)->destination_port, 30002);
}

static void a_receiver_that_moved_keeps_its_flow(void **state)
{
    struct scene *scene = *state;
    scene_float(scene);
    scene->peers[A].port = 20001;
    scene_talk(scene, SPI_A, SPI_B, 1, 3, 100);
    scene->peers[A] = (struct scene_endpoint){scene_address("203.0.113.9"), 40009};
    scene_talk(scene, SPI_A, SPI_B, 4, 3, 100);
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
    assert_int_equal(scene_model(scene)->flow_count, 2);
    const struct es_flow *to_mover = scene_flow(scene, SPI_B);
    assert_int_equal(to_mover->packets, 6);
    assert_int_equal(to_mover->sequence.highest, 6);
    assert_int_equal(es_sequence_lost(&to_mover->sequence), 0);
    assert_true(es_address_equal(&to_mover->key.destination, &scene->peers[A].address));
    assert_int_equal(scene_child_count(scene), 1);
}

static void esp_that_moves_into_udp_is_the_same_flow(void **state)
{
    struct scene *scene = *state;
    scene_esp(scene, A, SPI_A, 1);
    scene_float(scene);
    scene_esp(scene, A, SPI_A, 2);
    assert_int_equal(scene_model(scene)->flow_count, 1);
    assert_int_equal(scene_flow(scene, SPI_A)->encapsulation, ES_ENCAPSULATION_UDP);
    assert_true(scene_tunnel(scene, 1)->esp_raw);
    assert_true(scene_tunnel(scene, 1)->esp_udp);
}

static void flows_beyond_the_limit_take_the_place_of_older_ones(void **state)
{
    (void)state;
    struct scene small = scene_open_with(&(struct es_tracker_options){.max_flows = 2});
    for (uint32_t i = 1; i <= 5; i++) {
        scene_esp(&small, A, 0x1000 + i, 1);
        scene_esp(&small, A, 0x1000 + i, 2);
    }
    assert_in_range(scene_model(&small)->flow_count, 1, 2);
    assert_true(scene_model(&small)->forgotten.flows >= 3);
    assert_int_equal(scene_model(&small)->dropped, 0);
    assert_non_null(scene_flow(&small, 0x1005));
    scene_close(&small);
}

static void runs_end_when_the_other_side_sends(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI_A, 1, 4, 500);
    scene_stream(scene, B, SPI_B, 1, 2, 500);
    scene_stream(scene, A, SPI_A, 5, 3, 500);
    const struct es_child_sa *child = scene_child(scene, 1);
    assert_int_equal(child->runs[0].packets, 3);
    assert_int_equal(child->runs[0].longest_packets, 4);
    assert_true(child->runs[0].longest_span == 1500 * ES_MILLISECOND);
    assert_int_equal(child->runs[0].first.number, 7);
    assert_int_equal(child->runs[0].last.number, 9);
    assert_int_equal(child->runs[1].packets, 0);
    assert_int_equal(child->runs[1].longest_packets, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_flow_counts_its_packets_and_bytes),
        scene_test(the_same_spi_to_two_destinations_is_two_flows),
        scene_test(the_same_spi_of_esp_and_ah_is_two_flows),
        scene_test(alternating_flows_are_not_mixed_up),
        scene_test(a_changed_source_port_stays_one_flow),
        scene_test(a_receiver_that_moved_keeps_its_flow),
        scene_test(esp_that_moves_into_udp_is_the_same_flow),
        scene_test(flows_beyond_the_limit_take_the_place_of_older_ones),
        scene_test(runs_end_when_the_other_side_sends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
