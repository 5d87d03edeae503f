/*
 * Bounds of what is remembered: each is reached, and the report says so.
 */
#include "unit.h"

#include "dialogue.h"
#include "espial/report.h"

#include <jansson.h>
#include <stdlib.h>

enum { FEW = 40, MANY = 400 };

static struct es_address forged(uint32_t number)
{
    const uint8_t bytes[4] = {10, 0, (uint8_t)(number >> 8), (uint8_t)number};
    return es_address_v4(bytes);
}

/* Somebody new each time: with ESP of its own, or the first message of a negotiation. */
static void be_flooded(struct scene *scene, bool with_esp)
{
    for (uint32_t i = 0; i < MANY; i++) {
        scene->peers[A].address = forged(i);
        const struct es_frame frame = {.ref = es_packet_ref(scene->packets + 1, 0, scene->now)};
        es_tracker_frame(scene->tracker, &frame);
        if (with_esp) {
            scene_esp(scene, A, 0x1000 + i, 1);
        } else {
            struct dialogue ike = dialogue_of(scene, A, (uint8_t)i, &suite_gcm);
            ike.spi[0] = UINT64_C(0xf000000000000000) + i;
            const struct wire init = dialogue_init(&ike, 0);
            scene_ike(scene, A, &init);
        }
    }
}

/* The report's first record. */
static json_t *capture_record(const struct scene *scene)
{
    const struct es_decoder_counts counts = {0};
    const struct es_coverage coverage = {.decoder = &counts};
    const struct es_model *model = scene_model(scene);
    struct es_diagnosis *diagnosis = es_diagnose(model, &coverage, NULL, scene->now);
    const struct es_report report = {.model = model, .diagnosis = diagnosis, .counts = &counts};
    char *chars = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&chars, &size);
    assert_non_null(diagnosis);
    assert_non_null(out);
    assert_true(es_report_json(&report, out));
    fclose(out);
    json_t *record = json_loads(chars, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(record);
    free(chars);
    es_diagnosis_free(diagnosis);
    return record;
}

static json_int_t number_in(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void expect_forgotten(const struct es_tracker_options *limits, bool with_esp,
                             const char *what)
{
    struct scene scene = scene_open_with(limits);
    be_flooded(&scene, with_esp);
    json_t *record = capture_record(&scene);
    const json_t *forgotten = json_object_get(record, "forgotten");
    assert_non_null(forgotten);
    assert_true(number_in(forgotten, what) >= MANY / 2);
    assert_int_equal(number_in(forgotten, "tunnels_once_up"), 0);
    json_decref(record);
    scene_close(&scene);
}

static void nothing_is_said_below_the_bounds(void **state)
{
    (void)state;
    const struct es_tracker_options defaults = {
        .seed = {1, 2}
    };
    for (int with_esp = 0; with_esp < 2; with_esp++) {
        struct scene scene = scene_open_with(&defaults);
        be_flooded(&scene, with_esp);
        json_t *record = capture_record(&scene);
        assert_null(json_object_get(record, "forgotten"));
        assert_null(json_object_get(record, "half_open_forgotten"));
        assert_null(json_object_get(record, "untracked_packets"));
        json_decref(record);
        scene_close(&scene);
    }
}

static void every_bound_of_the_tracker_is_told_when_reached(void **state)
{
    (void)state;
    const struct es_tracker_options tunnels = {
        .seed = {1, 2},
          .max_tunnels = FEW
    };
    const struct es_tracker_options ike_sas = {
        .seed = {1, 2},
          .max_ike_sas = FEW
    };
    const struct es_tracker_options flows = {
        .seed = {1, 2},
          .max_flows = FEW
    };
    const struct es_tracker_options memory = {
        .seed = {1, 2},
          .max_memory = 256 << 10
    };
    expect_forgotten(&tunnels, true, "tunnels");
    expect_forgotten(&ike_sas, false, "ike_sas");
    expect_forgotten(&flows, true, "flows");
    expect_forgotten(&memory, true, "tunnels");
    expect_forgotten(&memory, false, "ike_sas");
}

static void half_open_negotiations_are_told_by_who_was_asked(void **state)
{
    (void)state;
    struct scene scene = scene_open_with(&(struct es_tracker_options){
        .seed = {1, 2},
          .max_half_open = FEW
    });
    be_flooded(&scene, false);
    json_t *record = capture_record(&scene);
    const json_t *rows = json_object_get(record, "half_open_forgotten");
    assert_int_equal(json_array_size(rows), 1);
    const json_t *row = json_array_get(rows, 0);
    assert_string_equal(json_string_value(json_object_get(row, "responder")), "198.51.100.2");
    assert_true(number_in(row, "unanswered") >= MANY - FEW - 1);
    assert_int_equal(number_in(row, "answered"), 0);
    assert_int_equal(number_in(row, "messages"), number_in(row, "unanswered"));
    assert_int_equal(number_in(json_object_get(record, "forgotten"), "tunnels"),
                     number_in(row, "unanswered"));
    json_decref(record);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_said_below_the_bounds),
        cmocka_unit_test(every_bound_of_the_tracker_is_told_when_reached),
        cmocka_unit_test(half_open_negotiations_are_told_by_who_was_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
