/*
 * Packets that are expected: right, wrong and stale expectations change nothing.
 */
#include "unit.h"

#include "scene.h"

enum { TUNNELS = 400, ROUNDS = 6, FIRST_SPI = 0x1000 };

static void expect(struct scene *scene, uint32_t spi)
{
    const struct es_glance glance = {scene->peers[B].address, spi};
    es_tracker_expect(scene->tracker, &glance);
}

static void be_sender(struct scene *scene, uint32_t number)
{
    const uint8_t bytes[4] = {10, 0, (uint8_t)(number >> 8), (uint8_t)number};
    scene->peers[A].address = es_address_v4(bytes);
}

/* One packet of each tunnel in turn; `told` packets ahead, those at multiples of `wrong` wrongly.
 */
static void take_turns(struct scene *scene, uint32_t told, uint32_t wrong)
{
    for (uint32_t i = 0; i < TUNNELS * ROUNDS; i++) {
        const uint32_t ahead = (i + told) % TUNNELS;
        if (told)
            expect(scene, FIRST_SPI + (wrong && i % wrong == 0 ? ahead + TUNNELS : ahead));
        be_sender(scene, i % TUNNELS);
        const struct es_frame frame = {.ref = es_packet_ref(i + 1, 0, scene->now)};
        es_tracker_frame(scene->tracker, &frame);
        scene_esp(scene, A, FIRST_SPI + i % TUNNELS, 1 + i / TUNNELS);
    }
}

static void assert_all_came(const struct scene *scene)
{
    const struct es_model *model = scene_model(scene);
    assert_int_equal(model->flow_count, TUNNELS);
    assert_int_equal(model->dropped, 0);
    for (const struct es_flow *f = model->flows; f; f = f->next) {
        assert_int_equal(f->packets, ROUNDS);
        assert_int_equal(f->sequence.highest, ROUNDS);
        assert_int_equal(f->key.spi, FIRST_SPI + f->number - 1);
    }
}

static void expectations_change_nothing(void **state)
{
    (void)state;
    static const uint32_t ways[][2] = {
        {0,  0},
        {1,  0},
        {16, 0},
        {16, 3},
        {16, 1},
        {90, 0},
    };
    for (size_t i = 0; i < ES_COUNT(ways); i++) {
        struct scene scene = scene_open();
        assert_false(es_tracker_expects(scene.tracker));
        take_turns(&scene, ways[i][0], ways[i][1]);
        assert_true(es_tracker_expects(scene.tracker));
        assert_all_came(&scene);
        scene_close(&scene);
    }
}

/* Flows that are forgotten while they are expected: a sanitizer sees a look at one of them. */
static void what_is_forgotten_is_expected_no_more(void **state)
{
    (void)state;
    struct scene scene = scene_open_with(&(struct es_tracker_options){
        .seed = {1, 2},
          .max_flows = TUNNELS / 4
    });
    take_turns(&scene, 16, 0);
    const struct es_model *model = scene_model(&scene);
    assert_true(model->forgotten.flows > TUNNELS);
    assert_true(model->flow_count <= TUNNELS / 4);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expectations_change_nothing),
        cmocka_unit_test(what_is_forgotten_is_expected_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
