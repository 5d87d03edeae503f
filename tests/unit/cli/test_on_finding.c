/*
 * Commands for findings: what they get, and that nobody waits for them.
 */
#include "on_finding.c"
#include "sandbox.c"

#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>

struct place {
    char folder[64], path[128];
};

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    snprintf(place->folder, sizeof(place->folder), "/tmp/espial-command-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/out", place->folder);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    assert_int_equal(rmdir(place->folder), 0);
    free(place);
    return 0;
}

static struct es_on_finding *open_with(const char *command, uint64_t a_minute, es_time limit)
{
    struct es_error error = {0};
    const struct es_on_finding_options options = {
        .command = command, .a_minute = a_minute, .limit = limit};
    struct es_on_finding *runner = es_on_finding_open(&options, &error);
    assert_non_null(runner);
    return runner;
}

/* Waits until so many commands failed or were killed; the time that took. */
static void wait_for(struct es_on_finding *runner, uint64_t failed, uint64_t killed)
{
    for (int i = 0; i < 1000; i++) {
        const struct es_on_finding_counts *c = es_on_finding_counts(runner);
        if (c->failed >= failed && c->killed >= killed)
            return;
        const struct timespec nap = {.tv_nsec = 10 * ES_MILLISECOND};
        nanosleep(&nap, NULL);
    }
    fail_msg("the commands did not end");
}

static off_t size_of_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? status.st_size : -1;
}

static void a_command_gets_the_whole_record_and_closing_waits_for_it(void **state)
{
    const struct place *place = *state;
    char command[256], record[60000];
    snprintf(command, sizeof(command), "sleep 0.2; cat >>%s", place->path);
    memset(record, 'r', sizeof(record));
    struct es_on_finding *runner = open_with(command, 10, 20 * ES_SECOND);
    es_on_finding_run(runner, record, sizeof(record), 0);
    es_on_finding_run(runner, "second", 6, 0);
    assert_int_equal(es_on_finding_counts(runner)->started, 2);
    es_on_finding_close(runner);
    assert_int_equal(size_of_file(place->path), sizeof(record) + 6);
}

static void only_so_many_are_started_in_a_minute(void **state)
{
    (void)state;
    struct es_on_finding *runner = open_with("cat >/dev/null", 3, 20 * ES_SECOND);
    for (int i = 0; i < 10; i++)
        es_on_finding_run(runner, "x", 1, 5 * ES_SECOND);
    assert_int_equal(es_on_finding_counts(runner)->started, 3);
    assert_int_equal(es_on_finding_counts(runner)->suppressed, 7);
    es_on_finding_run(runner, "x", 1, 65 * ES_SECOND);
    assert_int_equal(es_on_finding_counts(runner)->started, 4);
    es_on_finding_close(runner);
}

static void what_fails_is_counted_and_need_not_read(void **state)
{
    (void)state;
    struct es_on_finding *runner = open_with("exit 3", 10, 20 * ES_SECOND);
    es_on_finding_run(runner, "x", 1, 0);
    es_on_finding_run(runner, "x", 1, 0);
    wait_for(runner, 2, 0);
    es_on_finding_close(runner);
}

static void what_hangs_is_ended_with_its_children(void **state)
{
    (void)state;
    struct es_on_finding *runner =
        open_with("trap '' TERM; sleep 600 & sleep 600", 10, 100 * ES_MILLISECOND);
    es_on_finding_run(runner, "x", 1, 0);
    wait_for(runner, 0, 1);
    es_on_finding_close(runner);
}

static void slow_commands_never_block_whoever_watches(void **state)
{
    (void)state;
    static char record[30000];
    struct es_on_finding *runner = open_with("sleep 600", 1000000, 200 * ES_MILLISECOND);
    const es_time before = monotonic();
    for (int i = 0; i < 1000; i++)
        es_on_finding_run(runner, record, sizeof(record), 0);
    assert_true(monotonic() - before < 5 * ES_SECOND);
    const struct es_on_finding_counts *counts = es_on_finding_counts(runner);
    assert_true(counts->lost > 0);
    assert_int_equal(counts->started + counts->lost, 1000);
    es_on_finding_close(runner);
}

static void a_record_that_is_too_long_is_counted_as_lost(void **state)
{
    (void)state;
    static char record[RECORD_BYTES + 1];
    struct es_on_finding *runner = open_with("cat >/dev/null", 10, 20 * ES_SECOND);
    es_on_finding_run(runner, record, sizeof(record), 0);
    assert_int_equal(es_on_finding_counts(runner)->lost, 1);
    es_on_finding_close(runner);
}

int main(void)
{
#define command_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        command_test(a_command_gets_the_whole_record_and_closing_waits_for_it),
        cmocka_unit_test(only_so_many_are_started_in_a_minute),
        cmocka_unit_test(what_fails_is_counted_and_need_not_read),
        cmocka_unit_test(what_hangs_is_ended_with_its_children),
        cmocka_unit_test(slow_commands_never_block_whoever_watches),
        cmocka_unit_test(a_record_that_is_too_long_is_counted_as_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
