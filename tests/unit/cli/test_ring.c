/*
 * The evidence ring: what it keeps, what it saves, and what it does when it cannot.
 */
#include "ring.c"

#include "unit.h"

static const struct es_rule rule = {.id = "some-rule", .severity = ES_SEVERITY_ERROR};

struct place {
    char folder[64];
    struct es_ring *ring;
    uint64_t number;
};

static const struct es_ring_options usual = {
    .bytes = 65536,
    .least = ES_SEVERITY_ERROR,
    .after = 10 * ES_SECOND,
    .saves = 3,
    .saves_bytes = UINT64_MAX,
};

static void renew(struct place *place, struct es_ring_options options)
{
    es_ring_free(place->ring);
    options.folder = place->folder;
    place->ring = es_ring_new(&options);
    assert_non_null(place->ring);
}

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    snprintf(place->folder, sizeof(place->folder), "/tmp/espial-ring-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    renew(place, usual);
    *state = place;
    return 0;
}

/* Calls `each` for the files of the folder, hidden ones too; how many there are. */
static size_t for_files(const struct place *place, void (*each)(const char *path))
{
    DIR *folder = opendir(place->folder);
    const struct dirent *entry;
    size_t count = 0;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        char path[512];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", place->folder, entry->d_name);
        count++;
        if (each)
            each(path);
    }
    closedir(folder);
    return count;
}

static void delete_file(const char *path)
{
    unlink(path);
}

static int teardown(void **state)
{
    struct place *place = *state;
    es_ring_free(place->ring);
    for_files(place, delete_file);
    rmdir(place->folder);
    free(place);
    return 0;
}

/* A frame whose bytes tell its number. */
static void feed(struct place *place, size_t length, es_time time)
{
    uint8_t bytes[4096];
    place->number++;
    memset(bytes, (int)(place->number & 0xff), sizeof(bytes));
    const struct es_frame frame = {
        .bytes = bytes,
        .held = length,
        .wire = length + 1,
        .ref = es_packet_ref(place->number, 0, time),
        .link_type = 1,
        .timed = true,
    };
    es_ring_frame(place->ring, &frame, "eth0");
}

static void alert_as(struct place *place, enum es_alert_kind kind, enum es_severity severity,
                     enum es_severity before, es_time now)
{
    const struct es_alert alert = {
        .rule = &rule, .tunnel = 3, .severity = severity, .before = before, .summary = "it broke"};
    const struct es_finding finding = {.rule = &rule,
                                       .severity = severity,
                                       .evidence = {{{.number = 2}, "this packet shows it"}},
                                       .evidence_count = 1};
    es_ring_alert(place->ring, kind, &alert, &finding, "{\"a\":1}\n", now);
}

static void alert(struct place *place, es_time now)
{
    alert_as(place, ES_ALERT_BEGINS, ES_SEVERITY_ERROR, ES_SEVERITY_ERROR, now);
}

/* The saved file of that name has the frames `first` to `last`, each as it was fed. */
static void expect_saved(const struct place *place, const char *name, uint64_t first, uint64_t last)
{
    char path[256];
    struct es_error error = {0};
    struct es_frame frame;
    snprintf(path, sizeof(path), "%s/%s.pcapng", place->folder, name);
    const char *const paths[] = {path};
    struct es_source *source = es_source_open(paths, 1, NULL, &error);
    assert_non_null(source);
    for (uint64_t number = first; number <= last; number++) {
        assert_int_equal(es_source_next(source, &frame), ES_STEP_FRAME);
        assert_int_equal(frame.wire, frame.held + 1);
        for (size_t i = 0; i < frame.held; i++)
            assert_int_equal(frame.bytes[i], number & 0xff);
        assert_string_equal(es_source_interface_name(source, &frame), "eth0");
    }
    assert_int_equal(es_source_next(source, &frame), ES_STEP_END);
    assert_string_equal(es_source_file(source, 0)->damage.text, "");
    es_source_free(source);
}

#define T0 (1700000000 * ES_SECOND) /* 2023-11-14T22:13:20Z */
#define NAME "espial-20231114T221320Z-some-rule-tunnel3"

static void a_save_holds_what_was_before_and_what_comes_for_a_while(void **state)
{
    struct place *place = *state;
    for (int i = 0; i < 10; i++)
        feed(place, 100, T0 + i * ES_SECOND);
    alert(place, T0);
    for (int i = 0; i < 5; i++) {
        feed(place, 100, T0 + i * ES_SECOND);
        es_ring_step(place->ring, T0 + i * ES_SECOND, false);
    }
    assert_int_equal(es_ring_counts(place->ring)->saved, 0);
    es_ring_step(place->ring, T0 + 10 * ES_SECOND, false);
    assert_int_equal(es_ring_counts(place->ring)->saved, 1);
    feed(place, 100, T0 + 11 * ES_SECOND);
    es_ring_step(place->ring, T0 + 12 * ES_SECOND, false);
    expect_saved(place, NAME, 1, 15);
    assert_int_equal(for_files(place, NULL), 2);
    struct es_text words;
    es_text_init(&words);
    assert_true(es_ring_news(place->ring, &words));
    assert_non_null(strstr(words.chars, "saved 15 packets as "));
    assert_false(es_ring_news(place->ring, &words));
    es_text_fini(&words);
}

static void the_oldest_go_first_and_no_packet_is_torn(void **state)
{
    struct place *place = *state;
    /* Lengths that meet the end of the memory in every way. */
    for (size_t i = 0; i < 5000; i++) {
        feed(place, (i * 37) % 1500, T0);
        assert_true(es_ring_counts(place->ring)->bytes <= usual.bytes);
    }
    const uint64_t kept = es_ring_counts(place->ring)->packets;
    assert_true(kept > 40 && kept < 200);
    alert(place, T0);
    es_ring_step(place->ring, T0, true);
    expect_saved(place, NAME, 5001 - kept, 5000);
}

static void a_save_loses_nothing_when_the_ring_overruns_it(void **state)
{
    struct place *place = *state;
    for (size_t i = 0; i < 100; i++)
        feed(place, 300, T0);
    alert(place, T0);
    for (size_t i = 0; i < 2000; i++)
        feed(place, 300, T0);
    es_ring_step(place->ring, T0, true);
    expect_saved(place, NAME, 1, 2100);
}

static void old_packets_are_forgotten_where_that_is_asked(void **state)
{
    struct place *place = *state;
    struct es_ring_options options = usual;
    options.span = 60 * ES_SECOND;
    renew(place, options);
    for (int i = 0; i < 100; i++)
        feed(place, 50, T0 + i * ES_SECOND);
    assert_int_equal(es_ring_counts(place->ring)->packets, 61);
    feed(place, 50, T0 + 1000 * ES_SECOND);
    assert_int_equal(es_ring_counts(place->ring)->packets, 1);
}

static void a_packet_that_fills_half_the_ring_is_counted_only(void **state)
{
    struct place *place = *state;
    struct es_ring_options options = usual;
    options.bytes = 4096;
    renew(place, options);
    feed(place, 4000, T0);
    assert_int_equal(es_ring_counts(place->ring)->packets, 0);
    assert_int_equal(es_ring_counts(place->ring)->too_long, 1);
}

static void milder_findings_save_nothing_until_they_get_worse(void **state)
{
    struct place *place = *state;
    feed(place, 100, T0);
    alert_as(place, ES_ALERT_BEGINS, ES_SEVERITY_WARNING, ES_SEVERITY_WARNING, T0);
    alert_as(place, ES_ALERT_CHANGES, ES_SEVERITY_WARNING, ES_SEVERITY_ERROR, T0);
    es_ring_step(place->ring, T0, true);
    assert_int_equal(for_files(place, NULL), 0);
    alert_as(place, ES_ALERT_CHANGES, ES_SEVERITY_ERROR, ES_SEVERITY_WARNING, T0);
    es_ring_step(place->ring, T0, true);
    expect_saved(place, NAME, 1, 1);
}

static void findings_join_a_save_that_goes_on_and_prolong_it(void **state)
{
    struct place *place = *state;
    feed(place, 100, T0);
    alert(place, T0);
    alert(place, T0 + 8 * ES_SECOND);
    es_ring_step(place->ring, T0 + 12 * ES_SECOND, false);
    assert_int_equal(es_ring_counts(place->ring)->saved, 0);
    /* Not for ever. */
    for (int i = 9; i < 60; i++)
        alert(place, T0 + i * ES_SECOND);
    es_ring_step(place->ring, T0 + 60 * ES_SECOND, false);
    assert_int_equal(es_ring_counts(place->ring)->saved, 1);
    char path[256], bytes[4096] = "";
    snprintf(path, sizeof(path), "%s/" NAME ".json", place->folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof(bytes), file), 53 * strlen("{\"a\":1}\n"));
    fclose(file);
}

static void only_so_many_saves_are_kept_and_other_files_stay(void **state)
{
    struct place *place = *state;
    char path[256];
    snprintf(path, sizeof(path), "%s/espial-notes.json", place->folder);
    fclose(fopen(path, "w"));
    for (int i = 0; i < 6; i++) {
        feed(place, 100, T0 + i * ES_SECOND);
        alert(place, T0 + i * ES_SECOND);
        es_ring_step(place->ring, T0, true);
    }
    assert_int_equal(for_files(place, NULL), 3 * 2 + 1);
    expect_saved(place, "espial-20231114T221325Z-some-rule-tunnel3", 1, 6);
    /* A second one within a second has a name of its own. */
    alert(place, T0 + 5 * ES_SECOND);
    es_ring_step(place->ring, T0, true);
    expect_saved(place, "espial-20231114T221325Z-some-rule-tunnel3-2", 1, 6);
    assert_int_equal(access(path, F_OK), 0);
}

static void saves_take_only_so_many_bytes(void **state)
{
    struct place *place = *state;
    struct es_ring_options options = usual;
    options.saves = 100;
    options.saves_bytes = 5000;
    renew(place, options);
    feed(place, 2000, T0);
    for (int i = 0; i < 6; i++) {
        alert(place, T0 + i * ES_SECOND);
        es_ring_step(place->ring, T0, true);
    }
    assert_int_equal(for_files(place, NULL), 3 * 2);
}

static void a_save_ends_early_when_packets_come_fast(void **state)
{
    struct place *place = *state;
    feed(place, 1000, T0);
    alert(place, T0);
    uint64_t fed = 1;
    while (es_ring_counts(place->ring)->saved == 0) {
        assert_true(fed++ < 1000);
        feed(place, 1000, T0 + ES_SECOND);
        es_ring_step(place->ring, T0 + ES_SECOND, false);
    }
    assert_true(fed * 1000 > usual.bytes && fed * 1000 < 2 * usual.bytes + 2000);
    expect_saved(place, NAME, 1, fed - 1);
}

static void a_folder_that_is_gone_is_said_once_and_counted(void **state)
{
    struct place *place = *state;
    struct es_text words;
    es_text_init(&words);
    feed(place, 100, T0);
    assert_int_equal(rmdir(place->folder), 0);
    alert(place, T0);
    assert_true(es_ring_news(place->ring, &words));
    assert_non_null(strstr(words.chars, "No such file or directory"));
    alert(place, T0);
    assert_false(es_ring_news(place->ring, &words));
    assert_int_equal(es_ring_counts(place->ring)->failed, 2);
    feed(place, 100, T0);
    /* It comes back: so do the saves. */
    assert_int_equal(mkdir(place->folder, 0700), 0);
    alert(place, T0);
    es_ring_step(place->ring, T0, true);
    expect_saved(place, NAME, 1, 2);
    assert_true(es_ring_news(place->ring, &words));
    es_text_fini(&words);
}

int main(void)
{
#define ring_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        ring_test(a_save_holds_what_was_before_and_what_comes_for_a_while),
        ring_test(the_oldest_go_first_and_no_packet_is_torn),
        ring_test(a_save_loses_nothing_when_the_ring_overruns_it),
        ring_test(old_packets_are_forgotten_where_that_is_asked),
        ring_test(a_packet_that_fills_half_the_ring_is_counted_only),
        ring_test(milder_findings_save_nothing_until_they_get_worse),
        ring_test(findings_join_a_save_that_goes_on_and_prolong_it),
        ring_test(only_so_many_saves_are_kept_and_other_files_stay),
        ring_test(saves_take_only_so_many_bytes),
        ring_test(a_save_ends_early_when_packets_come_fast),
        ring_test(a_folder_that_is_gone_is_said_once_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
