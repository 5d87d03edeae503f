/*
 * Files that take their name once they are whole.
 */
#include "unit.h"

#include "espial/base/output.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char folder[64], path[128], draft[128];
};

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    snprintf(place->folder, sizeof(place->folder), "/tmp/espial-output-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/file", place->folder);
    snprintf(place->draft, sizeof(place->draft), "%s/.file.tmp", place->folder);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    unlink(place->draft);
    assert_int_equal(rmdir(place->folder), 0); /* nothing else was left there */
    free(place);
    return 0;
}

static void expect_file(const char *path, const char *expected)
{
    char bytes[64] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t count = fread(bytes, 1, sizeof(bytes) - 1, file);
    fclose(file);
    bytes[count] = '\0';
    assert_string_equal(bytes, expected);
}

static void a_file_appears_when_it_is_kept_and_not_before(void **state)
{
    const struct place *place = *state;
    struct es_error error = {0};
    struct es_output output;
    assert_true(es_output_replace(place->path, "old", 3, &error));
    assert_true(es_output_open(&output, place->path, &error));
    assert_true(es_output_write(&output, "new and longer", 14, &error));
    expect_file(place->path, "old");
    assert_true(es_output_keep(&output, true, &error));
    expect_file(place->path, "new and longer");
    assert_int_equal(access(place->draft, F_OK), -1);
}

static void what_is_dropped_leaves_the_old_file(void **state)
{
    const struct place *place = *state;
    struct es_error error = {0};
    struct es_output output;
    assert_true(es_output_replace(place->path, "old", 3, &error));
    assert_true(es_output_open(&output, place->path, &error));
    assert_true(es_output_write(&output, "new", 3, &error));
    es_output_drop(&output);
    es_output_drop(&output);
    expect_file(place->path, "old");
    assert_int_equal(access(place->draft, F_OK), -1);
}

static void a_draft_that_was_left_behind_is_replaced_and_a_link_not_followed(void **state)
{
    const struct place *place = *state;
    struct es_error error = {0};
    char victim[128];
    snprintf(victim, sizeof(victim), "%s/victim", place->folder);
    FILE *file = fopen(victim, "w");
    assert_non_null(file);
    fputs("untouched", file);
    fclose(file);
    assert_int_equal(symlink(victim, place->draft), 0);
    assert_true(es_output_replace(place->path, "new", 3, &error));
    expect_file(victim, "untouched");
    expect_file(place->path, "new");
    unlink(victim);
}

/* Renaming over it would put an end to it: to /dev/null, for whoever is root. */
static void what_is_no_file_is_left_alone(void **state)
{
    const struct place *place = *state;
    struct es_error error = {0};
    struct es_output output;
    struct stat about;
    assert_int_equal(mkfifo(place->path, 0600), 0);
    assert_false(es_output_open(&output, place->path, &error));
    assert_non_null(strstr(error.text, "no file"));
    assert_int_equal(lstat(place->path, &about), 0);
    assert_true(S_ISFIFO(about.st_mode));
    assert_int_equal(unlink(place->path), 0);
    assert_int_equal(symlink("/dev/null", place->path), 0);
    assert_false(es_output_open(&output, place->path, &error));
}

static void a_folder_that_is_not_there_is_an_error_with_its_reason(void **state)
{
    struct es_error error = {0};
    struct es_output output;
    (void)state;
    assert_false(es_output_open(&output, "/nowhere/at/all", &error));
    assert_int_equal(error.kind, ES_ERROR_SYSTEM);
    assert_string_equal(error.text, "/nowhere/at/all: No such file or directory");
    es_output_drop(&output);
}

static void a_full_disk_is_an_error_and_leaves_nothing(void **state)
{
    const struct place *place = *state;
    struct es_error error = {0};
    struct es_output output;
    assert_true(es_output_open(&output, place->path, &error));
    const int full = open("/dev/full", O_WRONLY);
    if (full < 0) {
        es_output_drop(&output);
        skip();
    }
    assert_int_equal(dup2(full, output.fd), output.fd);
    close(full);
    assert_false(es_output_write(&output, "new", 3, &error));
    assert_non_null(strstr(error.text, "No space left"));
    es_output_drop(&output);
    assert_int_equal(access(place->draft, F_OK), -1);
    assert_int_equal(access(place->path, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_appears_when_it_is_kept_and_not_before, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_dropped_leaves_the_old_file, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_draft_that_was_left_behind_is_replaced_and_a_link_not_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_left_alone, setup, teardown),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error_with_its_reason),
        cmocka_unit_test_setup_teardown(a_full_disk_is_an_error_and_leaves_nothing, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
