/*
 * Thresholds: a table with bounds and reasons, set by name.
 */
#include "dialogue.h"
#include "unit.h"

static void every_row_has_a_name_bounds_and_a_reason(void **state)
{
    (void)state;
    for (enum es_limit i = 0; i < ES_LIMITS; i++) {
        const struct es_threshold *t = es_threshold_at(i);
        assert_true(strlen(t->name) > 3);
        assert_true(strlen(t->reason) > 20);
        assert_true(t->least <= t->value && t->value <= t->most);
        for (enum es_limit k = 0; k < i; k++)
            assert_string_not_equal(t->name, es_threshold_at(k)->name);
    }
}

static void a_value_is_set_by_name_within_its_bounds(void **state)
{
    (void)state;
    struct es_thresholds t;
    struct es_error error = {0};
    es_thresholds_init(&t);
    assert_true(es_thresholds_set(&t, "patience=77", &error));
    assert_int_equal(t.values[ES_LIMIT_PATIENCE], 77);
    static const char *const wrong[] = {"patience",     "patience=",  "patience=0", "patience=x",
                                        "patience=1.5", "patienc=5",  "=5",         "",
                                        "patience=601", "patience=7s"};
    for (size_t i = 0; i < ES_COUNT(wrong); i++) {
        error = (struct es_error){0};
        assert_false(es_thresholds_set(&t, wrong[i], &error));
        assert_int_equal(error.kind, ES_ERROR_USAGE);
    }
    assert_int_equal(t.values[ES_LIMIT_PATIENCE], 77);
}

static void a_changed_value_changes_the_judgement(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    struct wire request = dialogue_init(&ike, 0);
    for (int i = 0; i < 3; i++) {
        scene_ike(scene, A, &request);
        scene_pause(scene, 4);
    }
    scene_last_until(scene, 12);
    scene_expect(scene, "ike-no-response");
    scene->thresholds.values[ES_LIMIT_UNANSWERED_TRIES] = 4;
    scene_expect_nothing(scene);
    scene->thresholds.values[ES_LIMIT_UNANSWERED_TRIES] = 3;
    scene->thresholds.values[ES_LIMIT_PATIENCE] = 60;
    scene_expect_nothing(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_a_name_bounds_and_a_reason),
        cmocka_unit_test(a_value_is_set_by_name_within_its_bounds),
        scene_test(a_changed_value_changes_the_judgement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
